import { assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { wordResponse } from "../../src/metrics/word_response.ts";

/** Pixels of four stories, and the same with changes of another size for each story. */
const stories = [0, 1, 2, 3].map((s) => {
  const before = Float64Array.from(random(1, "before", s).normals(50), (x) => x + s);
  const after = before.map((x, i) => x + (s + 1) * (i % 3 - 1));
  return { before, after };
});
const mean = (values: Iterable<number>) => {
  const all = [...values];
  return all.reduce((a, b) => a + b, 0) / all.length;
};
const changes = stories.map(({ before, after }) => mean(before.map((x, i) => (x - after[i]!) ** 2)));
const means = stories.map(({ before }) => mean(before));
const squares = stories.map(({ before }) => mean(before.map((x) => x * x)));

/** From all pixels at once, by the definition. */
function direct(chosen: number[]): number {
  const all = chosen.flatMap((s) => [...stories[s]!.before]);
  const changed = chosen.flatMap((s) => [...stories[s]!.after]);
  const deviation = Math.sqrt(mean(all.map((x) => (x - mean(all)) ** 2)));
  return 100 * Math.sqrt(mean(all.map((x, i) => (x - changed[i]!) ** 2))) / deviation;
}

Deno.test("wordResponse() is the root mean square change of all pixels in percent of their standard deviation", () => {
  assertAlmostEquals(wordResponse({ changes, means, squares }), direct([0, 1, 2, 3]), 1e-9);
  assertAlmostEquals(wordResponse({ changes, means, squares }, [3, 0, 3]), direct([3, 0, 3]), 1e-9);
});

Deno.test("wordResponse() is 0 where nothing changes, even of pictures of one colour", () => {
  assertEquals(wordResponse({ changes: [0, 0], means: [1, 0], squares: [1, 2] }), 0);
  assertEquals(wordResponse({ changes: [0, 0], means: [1, 1], squares: [1, 1] }), 0);
});
