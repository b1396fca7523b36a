import { assertEquals, assertLess } from "@std/assert";
import { type Tensor, tf } from "../../../../src/engine/mod.ts";
import { openNet } from "../../../../src/model/net.ts";
import { countTrainable } from "../../../../src/model/parameters.ts";
import { spectralNorm } from "../../../../src/model/spectral_norm.ts";
import {
  conditionalHead,
  encodePictures,
  joinCondition,
  joinFeatures,
  unconditionalHead,
} from "../../../../src/model/systems/ours/discriminator.ts";
import { wordsOf } from "../../../../src/model/systems/ours/dynamic_block.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import { oursProbes } from "../../../../src/model/systems/ours/probes.ts";
import { encodeStory } from "../../../../src/model/systems/ours/story_encoder.ts";
import { conditionOf } from "../../../../src/model/systems/ours/updates.ts";
import {
  drawAll,
  livelyState,
  maxDifference,
  normals,
  randomText,
  shapeOf,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

const config = smallestConfig("model.db.gSizes=[8,16]");
const parameters = ours.parameters(config, shapeOf(3));
const state = livelyState(parameters);
const noise = drawAll(ours.latents(config, 2, 3));
const sums = (weights: Tensor) => tf.sum(weights, 2);

Deno.test("a trace of the generator generates what generate() generates, and names every block", () => {
  const text = randomText(config, 2, 3, 4);
  const { images, generator } = oursProbes.trace(config, state, text, noise);
  const generated = ours.generate(config, state, text, noise, false);
  assertEquals(maxDifference(images, generated.images.reshape(images.shape)), 0);
  assertEquals(generator.activations.map(({ name, value }) => [name.slice("generator.".length), value.shape]), [
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
  const counted = generator.activations.reduce((sum, { parameters }) => sum + parameters, 0);
  assertEquals(counted, countTrainable(parameters, "generator."));
});

Deno.test("a dynamic block's attention weights sum to 1 with 0 on padding, and its u decides p(SA)", () => {
  const text = randomText(config, 2, 3, 4);
  const { generator: { selections } } = oursProbes.trace(config, state, text, noise);
  assertEquals(selections.map(({ name }) => name), ["generator.db8", "generator.db16"]);
  const [{ self, words, u }] = selections as [Required<typeof selections[0]>];
  assertEquals([self.shape, words.shape, u.shape], [[6, 64, 64], [6, 64, 4], [6]]);
  assertLess(maxDifference(sums(self), tf.ones([6, 64])), 1e-5);
  assertLess(maxDifference(sums(words), tf.ones([6, 64])), 1e-5);
  const ofPadding = tf.mul(words, tf.sub(1, text.mask).reshape([6, 1, 4]));
  assertEquals(valuesOf(tf.max(ofPadding)), [0]);
  const { selectors } = ours.generate(config, state, text, noise, false);
  const chosen = valuesOf(u).filter((value) => value > 0).length / 6;
  assertLess(Math.abs(valuesOf(selectors.g8!)[0]! - chosen), 1e-6);
});

Deno.test("a trace of the discriminator ends in both heads, and frames of a story share its words", () => {
  const ofStory = smallestConfig("model.db.gSizes=[8,16]", "model.db.words=story");
  const text = randomText(ofStory, 2, 3, 4);
  const { images, discriminator, logits } = oursProbes.trace(ofStory, state, text, noise);
  assertEquals(discriminator.activations.map(({ name }) => name.slice("discriminator.".length)), [
    "conv1",
    "conv2",
    "conv3",
    "db8",
    "conv4",
    "unconditional.out",
    "conditional.join",
    "conditional.out",
  ]);
  assertEquals(discriminator.selections[0]!.words!.shape, [6, 64, 12]);
  assertEquals(logits.conditional.shape, [6]);
  const counted = discriminator.activations.reduce((sum, { parameters }) => sum + parameters, 0);
  assertEquals(counted, countTrainable(parameters, "discriminator."));

  // The logits of the generated frames, with the mean of the story code in the condition.
  const logitsWith = (mean: Tensor) => {
    const net = openNet(spectralNorm(state).state, false);
    const { features } = encodePictures(net, ofStory, images, wordsOf(net, "discriminator", ofStory, text), {}, "real");
    const condition = joinCondition(net, conditionOf(text, mean));
    return {
      unconditional: unconditionalHead(net, features),
      conditional: conditionalHead(net, joinFeatures(net, features), condition),
    };
  };
  const same = logitsWith(encodeStory(openNet(state, false), ofStory, text).mean);
  assertEquals(maxDifference(same.unconditional, logits.unconditional), 0);
  assertEquals(maxDifference(same.conditional, logits.conditional), 0);
  const other = logitsWith(normals([2, 4], "another mean"));
  assertEquals(maxDifference(other.unconditional, logits.unconditional), 0);
  assertLess(1e-6, maxDifference(other.conditional, logits.conditional));
});
