import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import {
  batchNorm,
  batchNormParameters,
  conv,
  convParameters,
  linear,
  linearParameters,
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
