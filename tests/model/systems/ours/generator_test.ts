import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type State, tf } from "../../../../src/engine/mod.ts";
import { generateFrames, generatorNoise, generatorParameters } from "../../../../src/model/systems/ours/generator.ts";
import { openNet } from "../../../../src/model/net.ts";
import type { Text } from "../../../../src/model/systems/ours/condition.ts";
import {
  asBefore,
  drawAll,
  livelyState,
  maxDifference,
  normals,
  randomText,
  resolveOurs,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

function generate(overrides: string[], text: Text, noise: State, training = false) {
  const config = smallestConfig(...overrides);
  const net = openNet(livelyState(generatorParameters(config)), training);
  return { ...generateFrames(net, config, text, noise), updates: net.updates };
}

const config = smallestConfig();
const [STORIES, FRAMES, LENGTH] = [3, 2, 4];
const text = randomText(config, STORIES, FRAMES, LENGTH);
const noise = drawAll(generatorNoise(config, STORIES, FRAMES));
const z = noise.z!;

/** Story `b` of the batch, alone. */
const alone = (text: Text, b: number): Text => ({
  words: text.words.slice(b, 1),
  sentences: text.sentences.slice(b, 1),
  mask: text.mask.slice(b, 1),
});

for (const [words, ...others] of [["frame"], ["story"], ["frame", ...asBefore]] as [string, ...string[]][]) {
  const overrides = [`model.db.words=${words}`, ...others];
  const title = `words of the ${words}${others.length > 0 ? ", as in earlier runs" : ""}`;

  Deno.test(`generateFrames() generates a story the same alone and in a batch at inference, ${title}`, () => {
    const together = generate(overrides, text, { z }).images;
    for (let b = 0; b < STORIES; b++) {
      const single = generate(overrides, alone(text, b), { z: z.slice(b, 1) }).images;
      assertLess(maxDifference(single, together.slice(b * FRAMES, FRAMES)), 1e-6);
    }
    assertGreater(maxDifference(together.slice(0, FRAMES), together.slice(FRAMES, FRAMES)), 1e-3);
  });

  Deno.test(`generateFrames() generates the same whatever padding holds and however long it is, ${title}`, () => {
    const hidden = tf.mul(tf.sub(1, text.mask.expandDims(3)), 20);
    const more = tf.zeros([STORIES, FRAMES, 2]);
    const padded: Text = {
      words: tf.concat([tf.add(text.words, hidden), tf.fill([STORIES, FRAMES, 2, 8], 9)], 2),
      sentences: text.sentences,
      mask: tf.concat([text.mask, more], 2),
    };
    const plain = generate(overrides, text, { z }).images;
    assertLess(maxDifference(generate(overrides, padded, { z }).images, plain), 1e-6);
  });
}

Deno.test("generateFrames() gives pictures in [-1, 1] and updates in training alone", () => {
  const { images, updates, selectors } = generate([], text, noise, true);
  assertEquals(images.shape, [STORIES * FRAMES, 64, 64, 3]);
  assert(valuesOf(tf.max(tf.abs(images)))[0]! <= 1);
  assertEquals(Object.keys(selectors), ["g8"]);
  const running = generatorParameters(config).filter(({ trainable }) => !trainable).map(({ name }) => name);
  assertEquals(Object.keys(updates).sort(), running.sort());
  assertEquals(generate([], text, { z }).updates, {});
});

Deno.test("generateFrames() generates with one z for each frame, or one for the whole story", () => {
  assertEquals(generatorNoise(smallestConfig("model.noisePer=story"), 3, 2).z!.shape, [3, 1, 3]);
  const shared = z.slice([0, 0, 0], [STORIES, 1, 3]);
  const story = generate(["model.noisePer=story"], text, { z: shared }).images;
  const frame = generate([], text, { z: tf.tile(shared, [1, FRAMES, 1]) }).images;
  assertEquals(maxDifference(story, frame), 0);
});

Deno.test("generateFrames() takes the story code's mean at inference and its noise in training", () => {
  const other = { ...noise, code: normals([STORIES, 4], "other") };
  assertEquals(maxDifference(generate([], text, noise).images, generate([], text, other).images), 0);
  assertGreater(maxDifference(generate([], text, noise, true).images, generate([], text, other, true).images), 1e-3);
});

Deno.test("generateFrames() depends on sentences that come before in the story", () => {
  const first = tf.oneHot(tf.tensor1d([0], "int32"), FRAMES).reshape([1, FRAMES, 1]);
  const changed = { ...text, sentences: tf.add(text.sentences, tf.mul(first, normals([STORIES, 1, 8], "change"))) };
  const [before, after] = [generate([], text, { z }).images, generate([], changed, { z }).images];
  assertGreater(maxDifference(before.slice(1, 1), after.slice(1, 1)), 1e-4);
});

Deno.test("generatorNoise() lists z, the story code and a logistic for each choosing block", () => {
  const draws = generatorNoise(resolveOurs("paper"), 12, 5);
  assertEquals(draws.z, { shape: [12, 5, 100], kind: "normal" });
  assertEquals(draws.code, { shape: [12, 132], kind: "normal" });
  assertEquals(Object.keys(draws).slice(2), ["logistic.g8", "logistic.g16", "logistic.g32"]);
  assertEquals(draws["logistic.g8"], { shape: [60], kind: "logistic" });
});

Deno.test("generateFrames() works in every mode and with blocks of self-attention at 32", () => {
  for (const mode of ["both", "sa", "wsa", "identity", "none"]) {
    const overrides = [`model.db.g=${mode}`, "model.db.gSizes=[8,32]"];
    const { images, selectors } = generate(overrides, alone(text, 1), { z: z.slice(1, 1) });
    assert(valuesOf(images).every(Number.isFinite));
    assertEquals(Object.keys(selectors), mode === "none" ? [] : ["g8", "g32"]);
  }
});
