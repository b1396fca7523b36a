/** Frames of a batch as stories, against plain loops; what a story and a wrong pair are in the losses. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertNotEquals } from "@std/assert";
import { type State, type Tensor, tf } from "../../../../src/engine/mod.ts";
import {
  conditionalHead,
  encodePictures,
  joinCondition,
  joinFeatures,
} from "../../../../src/model/systems/ours/discriminator.ts";
import { wordsOf } from "../../../../src/model/systems/ours/dynamic_block.ts";
import { generateFrames } from "../../../../src/model/systems/ours/generator.ts";
import { meanOfFrames, mixStories, nextStory } from "../../../../src/model/systems/ours/stories.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import { conditionOf } from "../../../../src/model/systems/ours/updates.ts";
import { openNet } from "../../../../src/model/net.ts";
import { spectralNorm } from "../../../../src/model/spectral_norm.ts";
import {
  drawAll,
  livelyState,
  lossesOf,
  maxDifference,
  normals,
  randomBatch,
  scalarOf,
  shapeOf,
  smallestConfig,
  valuesOf,
} from "../../tiny_model.ts";

/** A tensor [B·T, 2, 3] and its rows, story by story. */
function rows(stories: number, frames: number) {
  const x = normals([stories * frames, 2, 3], "rows");
  const flat = x.reshape([stories * frames, 6]).arraySync() as number[][];
  return { x, at: (b: number, t: number) => flat[b * frames + t]! };
}

for (const [B, T] of [[2, 2], [3, 4], [4, 3], [2, 5], [3, 1]] as const) {
  Deno.test(`meanOfFrames(), nextStory() and mixStories() of ${B} stories of ${T} frames are plain loops`, () => {
    const { x, at } = rows(B, T);
    const [mean, next, mixed] = [meanOfFrames(x, B), nextStory(x, B), mixStories(x, B)];
    assertEquals([mean.shape, next.shape, mixed.shape], [[B, 2, 3], x.shape, x.shape]);
    const [ofMean, ofNext, ofMixed] = [mean, next, mixed].map((y) => y.reshape([-1, 6]).arraySync() as number[][]);
    for (let b = 0; b < B; b++) {
      for (let i = 0; i < 6; i++) {
        let sum = 0;
        for (let t = 0; t < T; t++) sum += at(b, t)[i]!;
        assertAlmostEquals(ofMean![b]![i]!, sum / T, 1e-6);
      }
      for (let t = 0; t < T; t++) {
        assertEquals(ofNext![b * T + t], at((b + 1) % B, t));
        assertEquals(ofMixed![b * T + t], at((b + t) % B, t));
      }
    }
  });
}

Deno.test("nextStory() of words [G, K, D] keeps the frames in their order; of one group a story it moves by one", () => {
  const ofFrames = normals([6, 4, 8], "words"); // two stories of three frames
  const moved = nextStory(ofFrames, 2);
  assertEquals(maxDifference(moved.slice(0, 3), ofFrames.slice(3, 3)), 0);
  assertEquals(maxDifference(moved.slice(3, 3), ofFrames.slice(0, 3)), 0);
  const ofStories = normals([2, 12, 8], "words");
  assertEquals(maxDifference(nextStory(ofStories, 2).slice(0, 1), ofStories.slice(1, 1)), 0);
});

const [STORIES, FRAMES] = [2, 3];
const shape = shapeOf(FRAMES);
const batch = randomBatch(smallestConfig(), STORIES, FRAMES, 3);
const softplus = (x: Tensor, sign: number) => scalarOf(tf.mean(tf.softplus(tf.mul(x, sign))));

/** Both networks of a configuration, and what the losses of one step report. */
function step(overrides: string[], changes: State = {}, noiseChanges: State = {}) {
  const config = smallestConfig(...overrides);
  const state = livelyState(ours.parameters(config, shape));
  const noise = { ...drawAll(ours.noise(config, shape)), ...noiseChanges };
  const inputs = { ...batch, ...changes };
  const part = (name: "d" | "g") => {
    const [, { report }] = lossesOf(config)[name](state, inputs, noise);
    return Object.fromEntries(Object.entries(report).map(([key, value]) => [key, scalarOf(value)]));
  };
  return { config, state, noise, inputs, d: () => part("d"), g: () => part("g") };
}

Deno.test("the loss of stories is that of the conditional head on the mean features of their frames, by a second formula", () => {
  const { config, state, noise, d, g } = step([]);
  const net = openNet(spectralNorm(state).state, true);
  const words = wordsOf(net, "discriminator", config, batch);
  const { images, story } = generateFrames(openNet(state, true), config, batch, noise);
  const real = encodePictures(net, config, batch.images.reshape([-1, 64, 64, 3]), words, noise, "real").features;
  const fake = encodePictures(net, config, images, words, noise, "fake").features;
  // Before the head's convolution, which is linear: the means of features [B, 4, 4, C] and of conditions [B, K].
  const average = (x: Tensor) => tf.mean(x.reshape([STORIES, FRAMES, ...x.shape.slice(1)]), 1);
  const condition = joinCondition(net, average(conditionOf(batch, story.mean)));
  const logits = (features: Tensor) => conditionalHead(net, joinFeatures(net, average(features)), condition);
  const mixing = Array.from({ length: STORIES * FRAMES }, (_, n) => {
    const [b, t] = [Math.floor(n / FRAMES), n % FRAMES];
    return (b + t) % STORIES * FRAMES + t;
  });
  const mixed = tf.gather(real, tf.tensor1d(mixing, "int32"));
  const reported = d();
  assertAlmostEquals(reported["loss.d.real_s"]!, softplus(logits(real), -1), 1e-5);
  assertAlmostEquals(reported["loss.d.fake_s"]!, softplus(logits(fake), 1), 1e-5);
  assertAlmostEquals(reported["loss.d.mixed_s"]!, softplus(logits(mixed), 1), 1e-5);
  assertAlmostEquals(g()["loss.g.fake_s"]!, softplus(logits(fake), -1), 1e-5);
  assertNotEquals(mixing, Array.from(mixing, (_, n) => n));
  assertGreater(maxDifference(logits(mixed), logits(real)), 1e-4);
});

/** The texts of both stories exchanged. */
const exchange = (x: Tensor) => tf.concat([x.slice(1, 1), x.slice(0, 1)], 0);
const exchanged = {
  words: exchange(batch.words),
  sentences: exchange(batch.sentences),
  mask: exchange(batch.mask),
};

for (const [wrong, mode] of [["words", "both"], ["words", "wsa"], ["words", "none"], ["condition", "none"]] as const) {
  Deno.test(`a wrong pair is a real frame with the next story's sentence, code and words: wrong ${wrong}, mode ${mode}`, () => {
    // With two stories, wrong pairs are the real pairs of a batch whose texts are exchanged. While logits x lie within ±1,
    // hinge gives 1 − x to a real pair and 1 + x to a wrong one: their sum is 2.
    const overrides = ["loss.adversarial=hinge", `model.db.d=${mode}`, `loss.wrong=${wrong}`];
    const { config, state, noise } = step(overrides);
    const calm = { ...state };
    for (const name of ["scale", "offset"].map((tensor) => `discriminator.conditional.join.bn.${tensor}`)) {
      calm[name] = tf.mul(calm[name]!, 0.01);
    }
    // The same selections in both passes.
    const same = mode === "both" ? { ...noise, "logistic.wrong.d8": noise["logistic.real.d8"]! } : noise;
    const [, { report }] = lossesOf(config).d(calm, batch, same);
    const draws = { ...same, code: exchange(noise.code!) };
    const [, { report: others }] = lossesOf(config).d(calm, { ...batch, ...exchanged }, draws);
    const wrongPair = scalarOf(report["loss.d.wrong_c"]!);
    assertAlmostEquals(wrongPair + scalarOf(others["loss.d.real_c"]!), 2, 1e-5);
    assertGreater(Math.abs(wrongPair + scalarOf(report["loss.d.real_c"]!) - 2), 1e-4);
  });
}

Deno.test("the next story's words reach the wrong pairs where these read words, and no other part of the loss", () => {
  // Real frames take self-attention and wrong ones word attention, so that words reach the latter alone.
  const ones = tf.ones([STORIES * FRAMES]);
  const noise = { "logistic.real.d8": tf.mul(ones, 1e3), "logistic.wrong.d8": tf.mul(ones, -1e3) };
  const moved = { words: tf.mul(normals(batch.words.shape, "others"), batch.mask.expandDims(3)) };
  for (const selector of ["logit", "plain"]) {
    const changes = (...overrides: string[]) => {
      const all = [`model.db.selector=${selector}`, ...overrides];
      const [before, after] = [step(all, {}, noise).d(), step(all, moved, noise).d()];
      return (name: string) => Math.abs(before[`loss.d.${name}`]! - after[`loss.d.${name}`]!);
    };
    const ofWords = changes("loss.wrong=words");
    assertGreater(ofWords("wrong_c"), 1e-4);
    for (const name of ["real_c", "real_u", "real_s", "mixed_s"]) assertEquals(ofWords(name), 0, name);
    const ofCondition = changes("loss.wrong=condition");
    for (const name of ["wrong_c", "real_c", "real_u"]) assertEquals(ofCondition(name), 0, name);
  }
  assertEquals(step(["model.db.d=sa"], moved).d()["loss.d.wrong_c"], step(["model.db.d=sa"]).d()["loss.d.wrong_c"]);
});

Deno.test("a discriminator whose blocks read no words has the same loss with wrong words and with a wrong condition", () => {
  for (const mode of ["sa", "identity", "none"]) {
    const [words, condition] = ["words", "condition"].map((wrong) =>
      step([`model.db.d=${mode}`, `loss.wrong=${wrong}`]).d()
    );
    assertEquals(words, condition, mode);
  }
  assert(Math.abs(step([]).d()["loss.d.wrong_c"]! - step(["loss.wrong=condition"]).d()["loss.d.wrong_c"]!) > 1e-4);
});

Deno.test("wrong pairs leave running statistics and the reported selections of the real pictures alone", () => {
  const { config, state, noise } = step([]);
  const former = smallestConfig("loss.wrong=condition");
  const [, words] = lossesOf(config).d(state, batch, noise);
  const [, condition] = lossesOf(former).d(state, batch, noise);
  assertEquals(valuesOf(words.report["p_sa.d8"]!), valuesOf(condition.report["p_sa.d8"]!));
  for (const [name, value] of Object.entries(condition.updates)) {
    assertLess(maxDifference(value, words.updates[name]!), 1e-7, name);
  }
  assertEquals(Object.keys(words.updates), Object.keys(condition.updates));
});
