import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { systemByName, systemNames } from "../../../src/model/systems/mod.ts";
import { ours } from "../../../src/model/systems/ours/mod.ts";

Deno.test("systemByName() knows ours and names what it knows", () => {
  assertEquals(systemByName("ours"), ours);
  assertThrows(
    () => systemByName("nobody"),
    UserError,
    `Unknown system "nobody"; the systems are ${systemNames().join(", ")}.`,
  );
});
