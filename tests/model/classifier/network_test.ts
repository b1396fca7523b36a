import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { resolveConfig } from "../../../src/model/config.ts";
import { tf, valueAndGradients } from "../../../src/engine/mod.ts";
import { classifierParameters, classify } from "../../../src/model/classifier/network.ts";
import { targetLoss } from "../../../src/model/object_head.ts";
import { initialize } from "../../../src/model/parameters.ts";
import { maxDifference, normals, scalarOf } from "../tiny_model.ts";

const parameters = classifierParameters(resolveConfig("tiny", ["classifier.width=4"]), 3);

Deno.test("classify() gives a logit a target, and gradients reach every tensor", () => {
  const state = initialize(parameters, 1);
  const images = tf.tanh(normals([2, 64, 64, 3], "images"));
  const targets = tf.tensor([[1, 0, 1], [0, 0, 1]]);
  const trained = Object.fromEntries(parameters.filter((p) => p.trainable).map(({ name }) => [name, state[name]!]));
  const { gradients, aux } = valueAndGradients((learning) => {
    const { logits, updates } = classify({ ...state, ...learning }, images, true);
    assertEquals(logits.shape, [2, 3]);
    return [targetLoss(logits, targets), updates];
  }, trained);
  for (const [name, gradient] of Object.entries(gradients)) assertGreater(scalarOf(tf.max(tf.abs(gradient))), 0, name);
  assertEquals(Object.keys(aux).length, 8); // running mean and variance of four BatchNorms
});

Deno.test("classify() gives the same logits for a picture alone and in a batch at inference", () => {
  const state = initialize(parameters, 1);
  const images = tf.tanh(normals([3, 64, 64, 3], "images"));
  const together = classify(state, images, false).logits.slice([1, 0], [1, 3]);
  const alone = classify(state, images.slice([1, 0, 0, 0], [1, 64, 64, 3]), false).logits;
  assertLess(maxDifference(alone, together), 1e-5);
});

Deno.test("classify() gives the same logits for an object at every position", () => {
  const state = initialize(parameters, 1);
  const dot = normals([1, 16, 16, 3], "dot") as tf.Tensor4D;
  const at = (left: number) => tf.pad4d(dot, [[0, 0], [24, 24], [left, 48 - left], [0, 0]]);
  const [a, b] = [at(16), at(24)].map((picture) => classify(state, picture, false).logits);
  assertLess(maxDifference(a!, b!), 1e-4);
});

Deno.test("targetLoss() is the binary cross entropy, and finite for sure and wrong answers", () => {
  const loss = targetLoss(tf.tensor([[0.3, -1.2]]), tf.tensor([[1, 0]]));
  const p = [0.3, -1.2].map((x) => 1 / (1 + Math.exp(-x)));
  assertAlmostEquals(scalarOf(loss), -(Math.log(p[0]!) + Math.log(1 - p[1]!)) / 2, 1e-6);
  assertAlmostEquals(scalarOf(targetLoss(tf.tensor([[-300, 300]]), tf.tensor([[1, 0]]))), 300, 1e-3);
});
