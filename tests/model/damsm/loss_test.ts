import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { tf } from "../../../src/engine/mod.ts";
import { cosines, damsmLoss, pairCosines, wordAttention, wordScores } from "../../../src/model/damsm/loss.ts";
import { maxDifference, normals, scalarOf, smallestConfig, valuesOf } from "../tiny_model.ts";

const config = smallestConfig();
const { gamma1, gamma2, gamma3 } = config.text;
const [PAIRS, LENGTH, PLACES, WIDTH] = [3, 4, 6, 8];
const lengths = [2, 4, 3];
const mask = tf.tensor2d(lengths.map((n) => [0, 1, 2, 3].map((l) => l < n ? 1 : 0)));
const text = { words: normals([PAIRS, LENGTH, WIDTH], "words"), sentence: normals([PAIRS, WIDTH], "sentence") };
const image = { regions: normals([PAIRS, PLACES, WIDTH], "regions"), global: normals([PAIRS, WIDTH], "global") };

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
function softmax(values: number[]): number[] {
  const total = values.reduce((sum, value) => sum + Math.exp(value), 0);
  return values.map((value) => Math.exp(value) / total);
}

/** log Σ exp(γ2·cos(c_w, w)) of one picture with one caption, as the AttnGAN paper defines it. */
function naiveWordScore(words: number[][], regions: number[][]): number {
  const overWords = regions.map((region) => softmax(words.map((word) => dot(word, region)))); // [R][L]
  const votes = words.map((word, l) => {
    const weights = softmax(overWords.map((row) => gamma1 * row[l]!));
    const context = word.map((_, d) => regions.reduce((sum, region, r) => sum + weights[r]! * region[d]!, 0));
    return Math.exp(gamma2 * cosine(context, word));
  });
  return Math.log(votes.reduce((a, b) => a + b));
}

/** Cross-entropy of the diagonal over rows and over columns. */
function naiveMatching(scores: number[][]): number {
  const transposed = scores[0]!.map((_, j) => scores.map((row) => row[j]!));
  const side = (table: number[][]) =>
    -table.reduce((sum, row, i) => sum + Math.log(softmax(row.map((value) => gamma3 * value))[i]!), 0) / table.length;
  return side(scores) + side(transposed);
}

const words = (text.words.arraySync() as number[][][]).map((rows, i) => rows.slice(0, lengths[i]!));
const regions = image.regions.arraySync() as number[][][];
const naiveWords = regions.map((picture) => words.map((caption) => naiveWordScore(caption, picture)));
const naiveSentences = (image.global.arraySync() as number[][]).map((global) =>
  (text.sentence.arraySync() as number[][]).map((sentence) => cosine(global, sentence))
);

Deno.test("wordScores() equals a loop over all pairs", () => {
  assertLess(maxDifference(wordScores(config, text.words, mask, image.regions), tf.tensor2d(naiveWords)), 1e-4);
});

Deno.test("wordScores() ignores padding", () => {
  const filled = tf.add(text.words, tf.mul(tf.sub(1, mask).expandDims(2), 30));
  assertLess(maxDifference(wordScores(config, filled, mask, image.regions), tf.tensor2d(naiveWords)), 1e-4);
});

Deno.test("wordScores() scores other numbers of captions than pictures", () => {
  const two = text.words.slice([0, 0, 0], [2, LENGTH, WIDTH]);
  const scores = wordScores(config, two, mask.slice([0, 0], [2, LENGTH]), image.regions);
  assertEquals(scores.shape, [3, 2]);
  assertLess(maxDifference(scores, tf.tensor2d(naiveWords.map((row) => row.slice(0, 2)))), 1e-4);
});

Deno.test("wordAttention() gives the weights of each word of a caption over the regions of its own picture", () => {
  const given = wordAttention(config, text.words, mask, image.regions).arraySync() as number[][][];
  words.forEach((caption, i) => {
    const shares = regions[i]!.map((region) => softmax(caption.map((word) => dot(word, region)))); // [R][L]
    caption.forEach((_, l) => {
      const expected = softmax(shares.map((row) => gamma1 * row[l]!));
      given[i]![l]!.forEach((weight, r) => assertAlmostEquals(weight, expected[r]!, 1e-5));
    });
  });
});

Deno.test("damsmLoss() is the cross-entropy of words and sentences in both directions", () => {
  const { loss, report } = damsmLoss(config, text, mask, image);
  assertAlmostEquals(scalarOf(report["loss.damsm.words"]!), naiveMatching(naiveWords), 1e-3);
  assertAlmostEquals(scalarOf(report["loss.damsm.sentences"]!), naiveMatching(naiveSentences), 1e-3);
  assertAlmostEquals(scalarOf(loss), naiveMatching(naiveWords) + naiveMatching(naiveSentences), 2e-3);
});

Deno.test("damsmLoss() falls to 0 and finds every caption when pairs agree and other pairs do not", () => {
  const axes = tf.eye(WIDTH).slice([0, 0], [PAIRS, WIDTH]);
  const agree = { words: tf.tile(axes.expandDims(1), [1, LENGTH, 1]), sentence: axes };
  const same = { regions: tf.tile(axes.expandDims(1), [1, PLACES, 1]), global: axes };
  const { loss, report } = damsmLoss(config, agree, tf.ones([PAIRS, LENGTH]), same);
  assertLess(scalarOf(loss), 1e-3);
  assertEquals(valuesOf(report["accuracy.damsm.words"]!), [1]);
  assertEquals(valuesOf(report["accuracy.damsm.sentences"]!), [1]);
});

Deno.test("damsmLoss() does not compare pairs of one class with each other", () => {
  const twins = (x: tf.Tensor) => tf.gather(x, tf.tensor1d([0, 0, 1, 1], "int32")); // two classes of equal pairs
  const paired = [
    { words: twins(text.words), sentence: twins(text.sentence) },
    twins(mask),
    { regions: twins(image.regions), global: twins(image.global) },
  ] as const;
  const classes = tf.tensor1d([7, 7, 2, 2], "int32");
  const grouped = scalarOf(damsmLoss(config, ...paired, { classes }).report["loss.damsm.sentences"]!);
  const pair = (x: tf.Tensor) => x.slice(0, 2);
  const two = damsmLoss(
    config,
    { words: pair(text.words), sentence: pair(text.sentence) },
    pair(mask),
    { regions: pair(image.regions), global: pair(image.global) },
  );
  // With its twin left out, a pair meets the other group twice.
  const [[ownA, crossA], [crossB, ownB]] = naiveSentences.slice(0, 2) as [[number, number], [number, number]];
  const entropy = (own: number, other: number) => Math.log(1 + 2 * Math.exp(gamma3 * (other - own)));
  const expected = (entropy(ownA, crossA) + entropy(ownB, crossB) + entropy(ownA, crossB) + entropy(ownB, crossA)) / 2;
  assertAlmostEquals(grouped, expected, 1e-3);
  assertGreater(grouped, scalarOf(two.report["loss.damsm.sentences"]!));
});

Deno.test("damsmLoss() limits the word loss to the first pairs where it is asked to", () => {
  const { report } = damsmLoss(config, text, mask, image, { wordPairs: 2 });
  const two = naiveWords.slice(0, 2).map((row) => row.slice(0, 2));
  assertAlmostEquals(scalarOf(report["loss.damsm.words"]!), naiveMatching(two), 1e-3);
  assertAlmostEquals(scalarOf(report["loss.damsm.sentences"]!), naiveMatching(naiveSentences), 1e-3);
});

Deno.test("cosines() and pairCosines() are cosines", () => {
  assertLess(maxDifference(cosines(image.global, text.sentence), tf.tensor2d(naiveSentences)), 1e-5);
  const diagonal = naiveSentences.map((row, i) => row[i]!);
  assertLess(maxDifference(pairCosines(image.global, text.sentence), tf.tensor1d(diagonal)), 1e-5);
  assertEquals(valuesOf(cosines(tf.zeros([1, 2]), tf.ones([1, 2]))), [0]);
});
