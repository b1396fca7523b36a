import { assertEquals } from "@std/assert";
import { things, thingsOf } from "../../../../../src/data/sets/clipart/world/objects.ts";

Deno.test("the world has 58 objects in the eight kinds of Abstract Scenes", () => {
  const counts = (["sky", "large", "animal", "clothing", "food", "toy"] as const).map((kind) => thingsOf(kind).length);
  assertEquals(counts, [8, 10, 6, 10, 7, 15]);
  assertEquals(Object.keys(things).length + 2, 58); // and the two children
});
