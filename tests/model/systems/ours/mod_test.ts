import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { type State, tf } from "../../../../src/engine/mod.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import {
  drawAll,
  livelyState,
  lossesOf,
  maxDifference,
  randomBatch,
  scalarOf,
  shapeOf,
  smallestConfig,
} from "../../tiny_model.ts";

const config = smallestConfig();
const [STORIES, FRAMES] = [2, 2];
const shape = shapeOf(FRAMES);
const batch = randomBatch(config, STORIES, FRAMES, 3);
const noise = drawAll(ours.noise(config, shape));
const state = livelyState(ours.parameters(config, shape));

Deno.test("generate() gives [B, T, 64, 64, 3] and, in training, the fakes of the losses", () => {
  const { images, selectors, updates } = ours.generate(config, state, batch, noise, true);
  assertEquals(images.shape, [STORIES, FRAMES, 64, 64, 3]);
  const [, aux] = lossesOf(config).g(state, batch, noise);
  assertEquals(scalarOf(selectors.g8!), scalarOf(aux.report["p_sa.g8"]!));
  assertEquals(Object.keys(updates), Object.keys(aux.updates));
  const hard = ours.generate(config, state, batch, { z: noise.z! }, false);
  assertLess(scalarOf(tf.max(tf.abs(hard.images))), 1.000001);
  assertEquals(hard.updates, {});
});

Deno.test("labels, where the model is given them, change the picture and the discriminator's condition", () => {
  const labelled = smallestConfig("data.labels=3");
  const state = livelyState(ours.parameters(labelled, shape));
  const noise = drawAll(ours.noise(labelled, shape));
  const stories = randomBatch(labelled, STORIES, FRAMES, 3);
  const other = { ...stories, labels: tf.sub(1, stories.labels!) };
  const generated = (stories: State) => ours.generate(labelled, state, stories, noise, false).images;
  assertEquals(maxDifference(generated(stories), generated(stories)), 0);
  assertGreater(maxDifference(generated(stories), generated(other)), 1e-4);
  const real = (stories: State) => scalarOf(lossesOf(labelled).d(state, stories, noise)[1].report["loss.d.real_c"]!);
  assertGreater(Math.abs(real(stories) - real(other)), 1e-4);
});
