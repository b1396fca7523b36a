import { assertEquals } from "@std/assert";
import { countsOf } from "../../../src/figures/tables/table_1.ts";

Deno.test("countsOf() counts the networks of a system in the registry", () => {
  assertEquals(countsOf("ours"), { generator: 25_139_600, discriminator: 23_501_972 });
  assertEquals(countsOf("no such system"), undefined);
});
