/** Stories of the shortest and the longest kind: one frame, and fifteen. */
import { assert, assertEquals } from "@std/assert";
import { tf, valueAndGradients } from "../../src/engine/mod.ts";
import { openNet } from "../../src/model/net.ts";
import { trainableNames } from "../../src/model/parameters.ts";
import { encodeStory, storyParameters } from "../../src/model/systems/ours/story_encoder.ts";
import { ours } from "../../src/model/systems/ours/mod.ts";
import {
  drawAll,
  livelyState,
  lossesOf,
  normals,
  randomBatch,
  randomText,
  shapeOf,
  smallestConfig,
  valuesOf,
} from "./tiny_model.ts";

const config = smallestConfig();
const parameters = ours.parameters(config, shapeOf(5));
const state = livelyState(parameters);

for (const frames of [1, 15]) {
  Deno.test(`generate() generates a story of length ${frames}`, () => {
    const { images } = ours.generate(
      config,
      state,
      randomText(config, 1, frames, 3),
      drawAll(ours.latents(config, 1, frames)),
      false,
    );
    assertEquals(images.shape, [1, frames, 64, 64, 3]);
    const values = valuesOf(images);
    assert(values.every((value) => Math.abs(value) <= 1));
    assert(new Set(values).size > 1000);
  });

  Deno.test(`encodeStory() of length ${frames} passes a gradient to all its tensors`, () => {
    const names = trainableNames(storyParameters(config), "generator.");
    const trained = Object.fromEntries(names.map((name) => [name, state[name]!]));
    const text = randomText(config, 2, frames, 3);
    const { gradients } = valueAndGradients((trained) => {
      const { context } = encodeStory(openNet({ ...state, ...trained }, true), config, text, normals([2, 4], "code"));
      return [tf.mean(tf.square(context)), {}];
    }, trained);
    for (const name of names) {
      const length = tf.norm(gradients[name]!).dataSync()[0]!;
      assert(length > 1e-6 && length < 1e6, `${name}: ${length}`);
    }
  });
}

Deno.test("both losses of stories of one frame have gradients for every tensor", () => {
  const batch = randomBatch(config, 2, 1, 3);
  const noise = drawAll(ours.noise(config, shapeOf(1)));
  for (const prefix of ["discriminator.", "generator."]) {
    const names = trainableNames(parameters, prefix);
    const trained = Object.fromEntries(names.map((name) => [name, state[name]!]));
    const lossOf = lossesOf(config)[prefix === "generator." ? "g" : "d"];
    const { gradients } = valueAndGradients(
      (trained) => lossOf({ ...state, ...trained }, batch, noise),
      trained,
    );
    for (const name of names) assert(tf.norm(gradients[name]!).dataSync()[0]! > 0, `${name} gets no gradient`);
  }
});
