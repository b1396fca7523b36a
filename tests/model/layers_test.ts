import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import {
  batchNorm,
  batchNormParameters,
  conv,
  convParameters,
  linear,
  linearParameters,
  standardise,
  standardiseParameters,
  upBlock,
  upBlockParameters,
  upsample,
} from "../../src/model/layers.ts";
import { openNet } from "../../src/model/net.ts";
import { freshNet, maxDifference, normals, valuesOf } from "./tiny_model.ts";

Deno.test("batchNorm() normalises by the batch in training and moves the running statistics by a tenth", () => {
  const state = {
    "bn.scale": tf.tensor1d([2]),
    "bn.offset": tf.tensor1d([5]),
    "bn.mean": tf.tensor1d([1]),
    "bn.variance": tf.tensor1d([4]),
  };
  const net = openNet(state, true);
  const y = batchNorm(net, "bn", tf.tensor2d([[1], [2], [3], [6]])); // mean 3, variance 3.5, unbiased 14/3
  [1, 2, 3, 6].forEach((x, i) => assertAlmostEquals(valuesOf(y)[i]!, 2 * (x - 3) / Math.sqrt(3.5 + 1e-5) + 5, 1e-5));
  assertAlmostEquals(valuesOf(net.updates["bn.mean"]!)[0]!, 0.9 * 1 + 0.1 * 3, 1e-6);
  assertAlmostEquals(valuesOf(net.updates["bn.variance"]!)[0]!, 0.9 * 4 + 0.1 * 14 / 3, 1e-6);
});

Deno.test("batchNorm() normalises by the running statistics at inference and leaves them", () => {
  const state = {
    "bn.scale": tf.tensor1d([2, 1]),
    "bn.offset": tf.tensor1d([5, 0]),
    "bn.mean": tf.tensor1d([1, 0]),
    "bn.variance": tf.tensor1d([4, 1]),
  };
  const net = openNet(state, false);
  const y = valuesOf(batchNorm(net, "bn", tf.tensor([3, 7], [1, 1, 1, 2])));
  assertAlmostEquals(y[0]!, 7, 1e-4);
  assertAlmostEquals(y[1]!, 7, 1e-4);
  assertEquals(net.updates, {});
});

Deno.test("batchNorm() gives the gradient of the closed form", () => {
  const x = normals([3, 2, 2, 2], "x");
  const weights = normals([3, 2, 2, 2], "w");
  const net = freshNet(batchNormParameters("bn", 2), true);
  const ones = { "bn.scale": tf.ones([2]), "bn.offset": tf.zeros([2]) };
  const gradient = tf.grad((x) =>
    tf.sum(tf.mul(weights, batchNorm(openNet({ ...net.state, ...ones }, true), "bn", x)))
  )(x);
  // (w − mean w − x̂ mean(w x̂)) / σ, all over one channel
  const mean = tf.mean(x, [0, 1, 2]);
  const deviation = tf.sqrt(tf.add(tf.mean(tf.square(tf.sub(x, mean)), [0, 1, 2]), 1e-5));
  const unit = tf.div(tf.sub(x, mean), deviation);
  const along = tf.mul(unit, tf.mean(tf.mul(weights, unit), [0, 1, 2]));
  const expected = tf.div(tf.sub(tf.sub(weights, tf.mean(weights, [0, 1, 2])), along), deviation);
  assertLess(maxDifference(gradient, expected), 1e-4);
});

Deno.test("standardise() gives each channel mean 0 and variance 1 in training, and is batchNorm() of scale 1 and offset 0", () => {
  const x = tf.add(tf.mul(normals([4, 3, 2, 3], "x"), tf.tensor1d([1, 20, 0.1])), tf.tensor1d([5, -2, 0]));
  const net = freshNet(standardiseParameters("s", 3), true);
  const y = standardise(net, "s", x);
  const mean = tf.mean(y, [0, 1, 2]);
  assertLess(maxDifference(mean, tf.zeros([3])), 1e-4);
  const variance = tf.mean(tf.square(tf.sub(y, mean)), [0, 1, 2]);
  assertLess(maxDifference(variance, tf.ones([3])), 3e-3); // 1e-5 is added to a variance of 0.01
  const unit = { ...net.state, "s.scale": tf.ones([3]), "s.offset": tf.zeros([3]) };
  const same = openNet(unit, true);
  assertLess(maxDifference(batchNorm(same, "s", x), y), 1e-5);
  assertEquals(Object.keys(same.updates), Object.keys(net.updates));
  for (const [name, value] of Object.entries(net.updates)) assertEquals(maxDifference(value, same.updates[name]!), 0);
});

/** A batch of which the mask leaves out entries, and the entries that count, by channel. */
function maskedBatch() {
  const x = normals([3, 4, 2], "masked");
  const mask = tf.tensor([1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1], [3, 4, 1]);
  const rows = (x.reshape([12, 2]).arraySync() as number[][]).filter((_, i) => valuesOf(mask)[i] === 1);
  return { x, mask, columns: [0, 1].map((c) => rows.map((row) => row[c]!)) };
}

Deno.test("standardise() with a mask takes the statistics of the entries that count alone", () => {
  const { x, mask, columns } = maskedBatch();
  const state = { "s.mean": tf.tensor1d([1, -1]), "s.variance": tf.tensor1d([4, 2]) };
  const net = openNet(state, true);
  const y = standardise(net, "s", x, mask).reshape([12, 2]).arraySync() as number[][];
  const counted = y.filter((_, i) => valuesOf(mask)[i] === 1);
  columns.forEach((column, c) => {
    const n = column.length; // 7
    const mean = column.reduce((sum, value) => sum + value / n, 0);
    const variance = column.reduce((sum, value) => sum + (value - mean) ** 2 / n, 0);
    column.forEach((value, i) => {
      assertAlmostEquals(counted[i]![c]!, (value - mean) / Math.sqrt(variance + 1e-5), 1e-5);
    });
    // 0.9·old + 0.1·batch, with the unbiased variance
    const [oldMean, oldVariance] = [[1, -1][c]!, [4, 2][c]!];
    assertAlmostEquals(valuesOf(net.updates["s.mean"]!)[c]!, 0.9 * oldMean + 0.1 * mean, 1e-6);
    assertAlmostEquals(
      valuesOf(net.updates["s.variance"]!)[c]!,
      0.9 * oldVariance + 0.1 * variance * n / (n - 1),
      1e-6,
    );
  });
});

Deno.test("standardise() with a mask gives entries that count the same, and no gradient to the others, whatever they hold", () => {
  const { x, mask } = maskedBatch();
  const parameters = standardiseParameters("s", 2);
  const hidden = tf.mul(tf.sub(1, mask), tf.add(tf.mul(normals([3, 4, 2], "hidden"), 100), 40));
  const of = (x: tf.Tensor) => {
    const net = freshNet(parameters, true);
    return { y: tf.mul(standardise(net, "s", x, mask), mask), updates: net.updates };
  };
  const [plain, filled] = [of(x), of(tf.add(x, hidden))];
  assertLess(maxDifference(plain.y, filled.y), 1e-5);
  for (const [name, value] of Object.entries(plain.updates)) {
    assertLess(maxDifference(value, filled.updates[name]!), 1e-5);
  }
  const weights = normals([3, 4, 2], "w");
  const gradient = tf.grad((x) => tf.sum(tf.mul(weights, of(x).y)))(x);
  assertEquals(valuesOf(tf.max(tf.abs(tf.mul(gradient, tf.sub(1, mask))))), [0]);
  assertLess(0.01, valuesOf(tf.max(tf.abs(gradient)))[0]!);
});

Deno.test("standardise() with a mask of ones is standardise() without one; with none that counts it stays finite", () => {
  const x = normals([3, 4, 2], "x");
  const of = (mask?: tf.Tensor) => {
    const net = freshNet(standardiseParameters("s", 2), true);
    return [standardise(net, "s", x, mask), ...Object.values(net.updates)];
  };
  const [plain, ones, none] = [of(), of(tf.ones([3, 4, 1])), of(tf.zeros([3, 4, 1]))];
  plain.forEach((value, i) => assertLess(maxDifference(value, ones[i]!), 1e-5));
  for (const value of none) assertEquals(valuesOf(value).every(Number.isFinite), true);
});

Deno.test("standardise() takes the running statistics at inference, and leaves them", () => {
  const state = { "s.mean": tf.tensor1d([1, 0]), "s.variance": tf.tensor1d([4, 0.25]) };
  const net = openNet(state, false);
  const y = valuesOf(standardise(net, "s", tf.tensor2d([[3, 1], [1, -2]]), tf.tensor2d([[1], [0]])));
  [1, 2, 0, -4].forEach((value, i) => assertAlmostEquals(y[i]!, value, 1e-4));
  assertEquals(net.updates, {});
});

Deno.test("standardiseParameters() declares running statistics of mean 0 and variance 1, and nothing to train", () => {
  const parameters = standardiseParameters("s", 3);
  assertEquals(parameters.map(({ name, shape, init, trainable }) => [name, shape, init, trainable]), [
    ["s.mean", [3], { kind: "constant", value: 0 }, false],
    ["s.variance", [3], { kind: "constant", value: 1 }, false],
  ]);
});

Deno.test("conv() of 4×4 at stride 2 has a border of one on each side", () => {
  const net = freshNet(convParameters("c", 4, 3, 5), true);
  const x = normals([2, 8, 8, 3], "x");
  const padded = tf.pad(x as tf.Tensor4D, [[0, 0], [1, 1], [1, 1], [0, 0]]);
  const expected = tf.conv2d(padded, net.state["c.kernel"] as tf.Tensor4D, 2, "valid");
  assertLess(maxDifference(conv(net, "c", x, 2), expected), 1e-6);
});

Deno.test("conv() of 1×1 is tfjs's convolution", () => {
  const net = freshNet(convParameters("c", 1, 3, 5), true);
  const x = normals([2, 4, 6, 3], "x");
  const expected = tf.conv2d(x as tf.Tensor4D, net.state["c.kernel"] as tf.Tensor4D, 1, "same");
  assertLess(maxDifference(conv(net, "c", x), expected), 1e-6);
});

Deno.test("linear() adds a bias where one is declared", () => {
  const x = tf.tensor2d([[1, 2]]);
  const state = { "l.kernel": tf.tensor2d([[1], [10]]), "l.bias": tf.tensor1d([100]) };
  assertEquals(valuesOf(linear(openNet(state, true), "l", x)), [121]);
  assertEquals(linearParameters("l", 2, 1, false).map(({ name }) => name), ["l.kernel"]);
  assertEquals(valuesOf(linear(openNet({ "l.kernel": state["l.kernel"] }, true), "l", x)), [21]);
});

Deno.test("upsample() doubles each pixel and sums each 2×2 square on the way back", () => {
  const x = normals([2, 3, 2, 2], "x");
  const y = upsample(x);
  assertEquals(y.shape, [2, 6, 4, 2]);
  const [values, larger] = [x.arraySync() as number[][][][], y.arraySync() as number[][][][]];
  const weights = normals([2, 6, 4, 2], "w");
  const w = weights.arraySync() as number[][][][];
  const gradient = tf.grad((x) => tf.sum(tf.mul(weights, upsample(x))))(x).arraySync() as number[][][][];
  for (let n = 0; n < 2; n++) {
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 4; j++) assertEquals(larger[n]![i]![j], values[n]![i >> 1]![j >> 1]);
    }
    const square = w[n]![2]![0]![1]! + w[n]![2]![1]![1]! + w[n]![3]![0]![1]! + w[n]![3]![1]![1]!;
    assertAlmostEquals(gradient[n]![1]![0]![1]!, square, 1e-5);
  }
});

Deno.test("upBlock() doubles the size, changes the channels and never goes below 0", () => {
  const net = freshNet(upBlockParameters("up", 4, 2), true);
  const y = upBlock(net, "up", normals([2, 4, 4, 4], "x"));
  assertEquals(y.shape, [2, 8, 8, 2]);
  assertEquals(valuesOf(tf.min(y)), [0]);
  assertEquals(Object.keys(net.updates), ["up.bn.mean", "up.bn.variance"]);
});
