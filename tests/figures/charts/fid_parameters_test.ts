import { assertEquals } from "@std/assert";
import { generatorMillions } from "../../../src/figures/charts/fid_parameters.ts";
import { runOf } from "../fixture.ts";

Deno.test("generatorMillions() counts the generator of the run's configuration", () => {
  assertEquals(generatorMillions(runOf({ number: 1 })), 0.733224);
  assertEquals(generatorMillions(runOf({ number: 1, set: ["model.db.g=none"] })) < 0.733224, true);
});
