import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { attend, maskedSoftmax, meanOfWords } from "../../src/model/attention.ts";
import { maxDifference, normals, valuesOf } from "./tiny_model.ts";

Deno.test("maskedSoftmax() shares the weight among the words that are there", () => {
  const weights = valuesOf(maskedSoftmax(tf.tensor3d([[[1, 2, 9]]]), tf.tensor2d([[1, 1, 0]])));
  assertAlmostEquals(weights[0]!, 1 / (1 + Math.E), 1e-6);
  assertAlmostEquals(weights[1]!, Math.E / (1 + Math.E), 1e-6);
  assertEquals(weights[2], 0);
});

Deno.test("maskedSoftmax() stays finite for large scores and for a row of padding", () => {
  const scores = tf.tensor3d([[[1000, 0]], [[5, -5]]]);
  const weights = valuesOf(maskedSoftmax(scores, tf.tensor2d([[1, 1], [0, 0]])));
  assertEquals(weights.slice(0, 2), [1, 0]);
  assertEquals(weights.filter(Number.isFinite).length, 4);
});

Deno.test("attend() is softmax(scale·abᵀ)b", () => {
  const [a, b] = [normals([1, 2, 3], "a"), normals([1, 4, 3], "b")];
  const [queries, keys] = [a.arraySync() as number[][][], b.arraySync() as number[][][]];
  const expected = queries[0]!.map((q) => {
    const weights = keys[0]!.map((k) => Math.exp(0.5 * q.reduce((sum, value, i) => sum + value * k[i]!, 0)));
    const total = weights.reduce((x, y) => x + y);
    return q.map((_, i) => keys[0]!.reduce((sum, k, j) => sum + weights[j]! / total * k[i]!, 0));
  });
  assertLess(maxDifference(attend(a, b, 0.5), tf.tensor3d([expected])), 1e-5);
});

Deno.test("meanOfWords() averages the words that are there, and gives 0 where there are none", () => {
  const words = tf.tensor3d([[[2, 4], [4, 0], [0, 0]], [[0, 0], [0, 0], [0, 0]]]);
  assertEquals(valuesOf(meanOfWords(words, tf.tensor2d([[1, 1, 0], [0, 0, 0]]))), [3, 2, 0, 0]);
});
