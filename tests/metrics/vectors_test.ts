import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { cosine, dot, mean, sum } from "../../src/metrics/vectors.ts";

Deno.test("sum() and mean() add in the order of the entries", () => {
  assertEquals(sum([1e16, 1, -1e16]), 0); // the 1 is lost in 1e16 + 1
  assertEquals(sum([1e16, -1e16, 1]), 1);
  assertEquals(mean(Float64Array.of(1, 2, 6)), 3);
  assertEquals(sum([]), 0);
  assert(Number.isNaN(mean([])));
});

Deno.test("dot() multiplies from an offset on, and cosine() does not depend on lengths", () => {
  assertEquals(dot([1, 2, 3], [4, 5, 6]), 32);
  assertEquals(dot([1, 2], [9, 9, 3, 4], 2), 11);
  assertAlmostEquals(cosine([3, 0], [5, 5]), Math.SQRT1_2, 1e-15);
  assertEquals(cosine([0, 0], [1, 2]), 0);
});
