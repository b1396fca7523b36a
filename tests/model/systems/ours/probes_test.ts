import { assertEquals, assertLess } from "@std/assert";
import { type Tensor, tf } from "../../../../src/engine/mod.ts";
import { countTrainable } from "../../../../src/model/parameters.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import { strength, walkDiscriminator, walkGenerator } from "../../../../src/model/systems/ours/trace.ts";
import {
  drawAll,
  livelyState,
  maxDifference,
  normals,
  randomBatch,
  randomText,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

const config = smallestConfig("model.db.gSizes=[8,16]");
const parameters = ours.parameters(config);
const state = livelyState(parameters);
const sums = (weights: Tensor) => tf.sum(weights, 2);

Deno.test("a walk through the generator draws what generate() draws, and names every block", () => {
  const text = randomText(config, 2, 3, 4);
  const noise = drawAll(ours.noise(config, 2, 3));
  const walk = walkGenerator(config, parameters, state, text, noise);
  const drawn = ours.generate(config, state, text, noise, false);
  assertEquals(maxDifference(walk.images, drawn.images.reshape(walk.images.shape)), 0);
  assertEquals(walk.stops.map(({ name, value }) => [name.slice("generator.".length), value.shape]), [
    ["ca", [2, 4]],
    ["gru", [2, 3, 4]],
    ["fc", [6, 4, 4, 32]],
    ["up1", [6, 8, 8, 16]],
    ["db8", [6, 8, 8, 16]],
    ["up2", [6, 16, 16, 8]],
    ["db16", [6, 16, 16, 8]],
    ["up3", [6, 32, 32, 4]],
    ["up4", [6, 64, 64, 2]],
    ["image", [6, 64, 64, 3]],
  ]);
  const counted = walk.stops.reduce((sum, { parameters }) => sum + parameters, 0);
  assertEquals(counted, countTrainable(parameters, "generator."));
});

Deno.test("a dynamic block's looks are shares, none of them on padding, and their u decides p(SA)", () => {
  const text = randomText(config, 2, 3, 4);
  const walk = walkGenerator(config, parameters, state, text, drawAll(ours.noise(config, 2, 3)));
  assertEquals(walk.decisions.map(({ name }) => name), ["generator.db8", "generator.db16"]);
  const [{ self, words, u }] = walk.decisions as [Required<typeof walk.decisions[0]>];
  assertEquals([self.shape, words.shape, u.shape], [[6, 64, 64], [6, 64, 4], [6]]);
  assertLess(maxDifference(sums(self), tf.ones([6, 64])), 1e-5);
  assertLess(maxDifference(sums(words), tf.ones([6, 64])), 1e-5);
  const ofPadding = tf.mul(words, tf.sub(1, text.mask).reshape([6, 1, 4]));
  assertEquals(valuesOf(tf.max(ofPadding)), [0]);
  const { selectors } = ours.generate(config, state, text, drawAll(ours.noise(config, 2, 3)), false);
  const chosen = valuesOf(u).filter((value) => value > 0).length / 6;
  assertLess(Math.abs(valuesOf(selectors.g8!)[0]! - chosen), 1e-6);
});

Deno.test("a walk through the discriminator ends in both heads, and frames of a story share its words", () => {
  const ofStory = smallestConfig("model.db.words=story");
  const { images, text } = randomBatch(ofStory, 2, 3, 4);
  const pictures = images.reshape([6, 64, 64, 3]);
  const walk = walkDiscriminator(ofStory, parameters, state, pictures, text, normals([2, 4], "mean"));
  assertEquals(walk.stops.map(({ name }) => name.slice("discriminator.".length)), [
    "conv1",
    "conv2",
    "conv3",
    "db8",
    "conv4",
    "unconditional.out",
    "conditional.join",
    "conditional.out",
  ]);
  assertEquals(walk.decisions[0]!.words!.shape, [6, 64, 12]);
  assertEquals(walk.conditional.shape, [6]);
  const of = (i: number) => valuesOf(walk.unconditional)[i]!;
  const alone = walkDiscriminator(ofStory, parameters, state, pictures, text, normals([2, 4], "another mean"));
  assertEquals(valuesOf(alone.unconditional)[3], of(3));
  assertLess(1e-6, maxDifference(alone.conditional, walk.conditional));
  const counted = walk.stops.reduce((sum, { parameters }) => sum + parameters, 0);
  assertEquals(counted, countTrainable(parameters, "discriminator."));
});

Deno.test("strength() is the mean of |x| over the channels", () => {
  assertEquals(valuesOf(strength(tf.tensor4d([1, -3, 0, 2], [1, 1, 2, 2]))), [2, 1]);
});
