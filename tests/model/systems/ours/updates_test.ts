/** The losses of both networks, and their gradients. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type State, tf, valueAndGradients } from "../../../../src/engine/mod.ts";
import { imageEncoderParameters } from "../../../../src/model/damsm/image_encoder.ts";
import {
  conditionalHead,
  encodePictures,
  joinCondition,
  joinFeatures,
} from "../../../../src/model/systems/ours/discriminator.ts";
import { wordsOf } from "../../../../src/model/systems/ours/dynamic_block.ts";
import { generateFrames } from "../../../../src/model/systems/ours/generator.ts";
import { openNet } from "../../../../src/model/net.ts";
import { initialize, trainableNames } from "../../../../src/model/parameters.ts";
import { spectralNorm } from "../../../../src/model/spectral_norm.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import type { Loss } from "../../../../src/model/contract.ts";
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
} from "../../tiny_model.ts";

const config = smallestConfig();
const [STORIES, FRAMES] = [2, 2];
const shape = shapeOf(FRAMES);
const parameters = ours.parameters(config, shape);
const batch = randomBatch(config, STORIES, FRAMES, 3);
const noise = drawAll(ours.noise(config, shape));
const state = livelyState(parameters);

type LossOf = (state: State) => Loss;
const losses = lossesOf(config);
const discriminatorLoss: LossOf = (state) => losses.d(state, batch, noise);
const generatorLoss: LossOf = (state) => losses.g(state, batch, noise);

function differentiate(loss: LossOf, state: State, prefix: string) {
  const names = trainableNames(parameters, prefix);
  const trained = Object.fromEntries(names.map((name) => [name, state[name]!]));
  return valueAndGradients((parameters) => loss({ ...state, ...parameters }), trained);
}

/** Compares each tensor's gradient with a central difference along a random direction with a part in the direction of the gradient. */
function checkDifferences(loss: LossOf, state: State, prefix: string): void {
  const { gradients } = differentiate(loss, state, prefix);
  assertEquals(Object.keys(gradients), trainableNames(parameters, prefix));
  for (const [name, gradient] of Object.entries(gradients)) {
    const length = scalarOf(tf.norm(gradient));
    assertGreater(length, 1e-3, `${name} has no gradient`);
    const random = normals(gradient.shape, "direction", name);
    const towards = tf.add(tf.div(gradient, length), tf.div(random, tf.mul(tf.norm(random), 2)));
    const direction = tf.div(towards, tf.norm(towards));
    // Small, as the loss is not smooth where a ReLU flips; larger than float32 would need for a smooth loss.
    const step = 5e-4;
    const at = (factor: number) =>
      scalarOf(loss({ ...state, [name]: tf.add(state[name]!, tf.mul(direction, factor)) })[0]);
    const difference = (at(step) - at(-step)) / (2 * step);
    const slope = scalarOf(tf.sum(tf.mul(direction, gradient)));
    assertAlmostEquals(difference / slope, 1, 0.08, `${name}: difference ${difference}, gradient ${slope}`);
  }
}

Deno.test("the discriminator's loss has the gradient that finite differences give, in every tensor", () => {
  checkDifferences(discriminatorLoss, state, "discriminator.");
});

Deno.test("the generator's loss has the gradient that finite differences give, in every tensor", () => {
  // The story code reaches the discriminator's condition without gradient, but moves it when it is moved. With the kernel's
  // rows for the code at 0 it does not.
  const name = "discriminator.conditional.join.kernel";
  const rows = tf.tensor(Array.from({ length: 32 + 8 + 4 }, (_, i) => i < 32 + 8 ? 1 : 0), [1, 1, 44, 1]);
  checkDifferences(generatorLoss, { ...state, [name]: tf.mul(state[name]!, rows) }, "generator.");
});

Deno.test("the generator's loss has no gradient through the discriminator's condition to the story code", () => {
  // The logits of a discriminator that ignores the picture depend on the generator by the condition alone.
  const constant: State = {
    ...state,
    "discriminator.conv4.bn.scale": tf.zerosLike(state["discriminator.conv4.bn.scale"]!),
  };
  const withoutKl = smallestConfig("loss.kl=0");
  const { gradients } = differentiate(
    (state) => lossesOf(withoutKl).g(state, batch, noise),
    constant,
    "generator.",
  );
  assertEquals(scalarOf(tf.max(tf.abs(gradients["generator.ca.kernel"]!))), 0);
});

Deno.test("both losses give every parameter a gradient at the start values but those behind γ = 0", () => {
  const start = initialize(parameters, 1);
  for (const [loss, prefix] of [[discriminatorLoss, "discriminator."], [generatorLoss, "generator."]] as const) {
    const { gradients } = differentiate(loss, start, prefix);
    const dead = Object.keys(gradients).filter((name) => !(scalarOf(tf.max(tf.abs(gradients[name]!))) > 0));
    const behindGamma = ["discriminator.db8.words", "discriminator.db8.fuse.kernel"];
    assertEquals(dead, prefix === "generator." ? [] : behindGamma);
  }
});

Deno.test("the discriminator's loss is (real_c + real_u)/2 + (fake_c + fake_u + wrong_c)/3 and reports the parts", () => {
  const [loss, { report, updates }] = discriminatorLoss(state);
  const part = (name: string) => scalarOf(report[`loss.d.${name}`]!);
  const total = (part("real_c") + part("real_u")) / 2 + (part("fake_c") + part("fake_u") + part("wrong_c")) / 3;
  assertAlmostEquals(scalarOf(loss), total, 1e-5);
  const others = ["accuracy.real", "accuracy.fake", "accuracy.wrong", "p_sa.d8"];
  assertEquals(Object.keys(report).filter((name) => !name.startsWith("loss.d.")), others);
  const carried = parameters.filter(({ name, trainable }) => !trainable && name.startsWith("discriminator."));
  assertEquals(Object.keys(updates).sort(), carried.map(({ name }) => name).sort());
});

Deno.test("the discriminator's loss keeps running statistics of the real pictures alone", () => {
  const other = { ...noise, z: normals([STORIES, FRAMES, 3], "other") };
  const [loss, { updates }] = discriminatorLoss(state);
  const [otherLoss, { updates: otherUpdates }] = losses.d(state, batch, other);
  assert(scalarOf(loss) !== scalarOf(otherLoss));
  for (const [name, value] of Object.entries(updates)) assertEquals(maxDifference(value, otherUpdates[name]!), 0, name);
});

Deno.test("the discriminator's loss keeps running statistics of the matching pairs, not of the wrong ones", () => {
  const [, { updates }] = discriminatorLoss(state);
  const net = openNet(spectralNorm(state).state, true);
  const pictures = batch.images.reshape([STORIES * FRAMES, 64, 64, 3]);
  const { features } = encodePictures(
    net,
    config,
    pictures,
    wordsOf(net, "discriminator", config, batch),
    noise,
    "real",
  );
  const { story } = generateFrames(openNet(state, true), config, batch, noise);
  const codes = tf.tile(story.mean.reshape([STORIES, 1, 4]), [1, FRAMES, 1]);
  const condition = tf.concat([batch.sentences, codes], 2).reshape([STORIES * FRAMES, 8 + 4]);
  conditionalHead(net, joinFeatures(net, features), joinCondition(net, condition));
  for (const [name, value] of Object.entries(net.updates)) {
    assertLess(maxDifference(value, updates[name]!), 1e-5, name);
  }
  assert("discriminator.conditional.join.bn.variance" in net.updates);
});

Deno.test("the discriminator's loss pairs a real frame with the next story's sentence and code for wrong", () => {
  // With two stories, wrong pairs are the real pairs of a batch whose texts are exchanged (if features do not depend on words).
  // While logits x lie within ±1, hinge gives 1 − x to a real pair and 1 + x to a wrong one: their sum is 2.
  const hinge = smallestConfig("loss.adversarial=hinge", "model.db.d=none");
  const calm = livelyState(ours.parameters(hinge, shape));
  for (const name of ["scale", "offset"].map((tensor) => `discriminator.conditional.join.bn.${tensor}`)) {
    calm[name] = tf.mul(calm[name]!, 0.01);
  }
  const exchange = (x: tf.Tensor) => tf.concat([x.slice(1, 1), x.slice(0, 1)], 0);
  const { words, sentences, mask } = batch;
  const text = { words: exchange(words), sentences: exchange(sentences), mask: exchange(mask) };
  const draws = { ...noise, code: exchange(noise.code!) };
  const [, { report }] = lossesOf(hinge).d(calm, batch, noise);
  const [, { report: exchanged }] = lossesOf(hinge).d(calm, { ...batch, ...text }, draws);
  const wrong = scalarOf(report["loss.d.wrong_c"]!);
  assertAlmostEquals(wrong + scalarOf(exchanged["loss.d.real_c"]!), 2, 1e-5);
  assertGreater(Math.abs(wrong + scalarOf(report["loss.d.real_c"]!) - 2), 1e-4);
});

Deno.test("the generator's loss is fake_c + fake_u + kl·KL and updates the generator's statistics alone", () => {
  const weighted = smallestConfig("loss.kl=3");
  const [loss, { report, updates }] = lossesOf(weighted).g(state, batch, noise);
  const value = (name: string) => scalarOf(report[name]!);
  assertAlmostEquals(scalarOf(loss), value("loss.g.fake_c") + value("loss.g.fake_u") + 3 * value("kl"), 1e-4);
  assertEquals(Object.keys(report), ["loss.g.fake_c", "loss.g.fake_u", "kl", "p_sa.g8"]);
  assert(Object.keys(updates).every((name) => name.startsWith("generator.")) && Object.keys(updates).length > 0);
});

Deno.test("the generator's loss adds the DAMSM loss by the frozen image encoder when its weight is above 0", () => {
  const aligned = smallestConfig("loss.damsm=5");
  const withEncoder = { ...state, ...initialize(imageEncoderParameters(aligned), 2) };
  const [plain] = generatorLoss(state);
  const [loss, { report, updates }] = lossesOf(aligned).g(withEncoder, batch, noise);
  assertAlmostEquals(scalarOf(loss) - scalarOf(plain), 5 * scalarOf(report["loss.g.damsm"]!), 1e-3);
  assert(Object.keys(updates).every((name) => !name.startsWith("tower.")));
  const { gradients } = differentiate((s) => lossesOf(aligned).g(s, batch, noise), withEncoder, "generator.");
  const without = differentiate(generatorLoss, state, "generator.").gradients;
  assertGreater(maxDifference(gradients["generator.image.kernel"]!, without["generator.image.kernel"]!), 1e-3);
});

Deno.test("both losses take hinge and every mode of the blocks, and stay finite", () => {
  for (const mode of ["sa", "wsa", "none"]) {
    const other = smallestConfig("loss.adversarial=hinge", `model.db.g=${mode}`, `model.db.d=${mode}`);
    const otherState = livelyState(ours.parameters(other, shape));
    const draws = drawAll(ours.noise(other, shape));
    assertEquals(Object.keys(draws), ["z", "code"]);
    assert(Number.isFinite(scalarOf(lossesOf(other).d(otherState, batch, draws)[0])));
    assert(Number.isFinite(scalarOf(lossesOf(other).g(otherState, batch, draws)[0])));
  }
});

Deno.test("the losses leave no tensors behind", () => {
  const differentiateOnce = () => {
    tf.tidy(() => {
      differentiate(discriminatorLoss, state, "discriminator.");
      differentiate(generatorLoss, state, "generator.");
    });
    return tf.memory().numTensors;
  };
  assertEquals(differentiateOnce(), differentiateOnce());
});
