import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { tf, valueAndGradients } from "../../../src/engine/mod.ts";
import { countTrainable, initialize } from "../../../src/model/parameters.ts";
import { encodeImage, imageEncoderParameters, regionSide } from "../../../src/model/damsm/image_encoder.ts";
import { maxDifference, normals, scalarOf, smallestConfig } from "../tiny_model.ts";

const config = smallestConfig();
const WIDTH = config.text.width;

Deno.test("encodeImage() gives 8×8 regions and a global code that gradients reach in every tensor", () => {
  const state = initialize(imageEncoderParameters(config), 1);
  const images = tf.tanh(normals([2, 64, 64, 3], "images"));
  const names = imageEncoderParameters(config).filter(({ trainable }) => trainable).map(({ name }) => name);
  const { gradients, aux } = valueAndGradients((parameters) => {
    const { regions, global, updates } = encodeImage(config, { ...state, ...parameters }, images, true);
    assertEquals([regions.shape, global.shape], [[2, regionSide.conv ** 2, WIDTH], [2, WIDTH]]);
    return [tf.add(tf.sum(tf.square(regions)), tf.sum(tf.square(global))), updates];
  }, Object.fromEntries(names.map((name) => [name, state[name]!])));
  for (const [name, gradient] of Object.entries(gradients)) assertGreater(scalarOf(tf.max(tf.abs(gradient))), 0, name);
  assertEquals(Object.keys(aux).length, 8); // running mean and variance of four BatchNorms
  assert(Object.keys(aux).every((name) => name in state));
});

Deno.test("encodeImage() encodes a picture the same alone and in a batch at inference", () => {
  const state = initialize(imageEncoderParameters(config), 1);
  const images = tf.tanh(normals([3, 64, 64, 3], "images"));
  const together = encodeImage(config, state, images, false).global.slice([1, 0], [1, WIDTH]);
  const alone = encodeImage(config, state, images.slice([1, 0, 0, 0], [1, 64, 64, 3]), false).global;
  assertLess(maxDifference(alone, together), 1e-7);
});

Deno.test("encodeImage() distinguishes left from right: a picture's mirror image has another code", () => {
  const state = initialize(imageEncoderParameters(config), 1);
  const dot = tf.pad4d(tf.ones([1, 16, 16, 3]) as tf.Tensor4D, [[0, 0], [24, 24], [0, 48], [0, 0]]);
  const [left, right] = [dot, tf.reverse(dot, 2)].map((x) => encodeImage(config, state, x, false));
  // The same pixels lie elsewhere; a mean over positions would hardly differ.
  assertGreater(maxDifference(left!.global, right!.global), 0.05);
});

Deno.test("the inception image encoder trains two linear heads and nothing else", () => {
  const parameters = imageEncoderParameters(smallestConfig("text.tower=inception"));
  assertEquals(countTrainable(parameters), 768 * WIDTH + 2048 * WIDTH + WIDTH);
  assert(parameters.every(({ trainable }) => trainable));
});
