/** The losses of both networks: their parts, running statistics and pairs. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import { UserError } from "../../../../src/base/errors.ts";
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
import { fallingRate, fallingWeights } from "../../../../src/model/systems/ours/updates.ts";
import type { Loss } from "../../../../src/model/contract.ts";
import {
  asBefore,
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

for (
  const [title, overrides] of [
    ["", []],
    [" of earlier runs", asBefore],
    [" with weight 2", ["loss.story=2"]],
    [" with an object head", ["loss.objects=3"]],
    [" with an object head that sees drawn frames too", ["loss.objects=3", "loss.objectsFrom=both", "loss.augment=2"]],
  ] as const
) {
  Deno.test(`the discriminator's loss${title} is the formula of its comment, and it reports the parts`, () => {
    const config = smallestConfig(...overrides);
    const parameters = ours.parameters(config, shape);
    const [loss, { report, updates }] = lossesOf(config).d(
      livelyState(parameters),
      batch,
      drawAll(ours.noise(config, shape)),
    );
    const part = (name: string) => scalarOf(report[`loss.d.${name}`]!);
    const frames = (part("real_c") + part("real_u")) / 2 + (part("fake_c") + part("fake_u") + part("wrong_c")) / 3;
    const story = config.loss.story;
    const stories = story > 0 ? story * (part("real_s") + (part("fake_s") + part("mixed_s")) / 2) : 0;
    const both = config.loss.objectsFrom === "both";
    const found = config.loss.objects > 0 ? part("objects") + (both ? part("fake_objects") : 0) : 0;
    const ofObjects = config.loss.objects * found;
    assertAlmostEquals(scalarOf(loss), frames + stories + ofObjects, 1e-5);
    const accuracies = ["accuracy.real", "accuracy.fake", "accuracy.wrong", ...(story > 0 ? ["accuracy.mixed"] : [])];
    assertEquals(Object.keys(report).filter((name) => !name.startsWith("loss.d.")), [...accuracies, "p_sa.d8"]);
    const parts = [
      "real_c",
      "real_u",
      "fake_c",
      "fake_u",
      "wrong_c",
      ...(story > 0 ? ["real_s", "fake_s", "mixed_s"] : []),
      ...(config.loss.objects > 0 ? ["objects"] : []),
      ...(both ? ["fake_objects"] : []),
    ];
    assertEquals(
      Object.keys(report).filter((name) => name.startsWith("loss.d.")),
      parts.map((name) => `loss.d.${name}`),
    );
    const carried = parameters.filter(({ name, trainable }) => !trainable && name.startsWith("discriminator."));
    assertEquals(Object.keys(updates).sort(), carried.map(({ name }) => name).sort());
  });
}

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

Deno.test("the generator's loss is the weighted sum of its parts and updates the generator's statistics alone", () => {
  const parts = ["loss.g.fake_c", "loss.g.fake_u", "kl", "p_sa.g8"];
  for (const story of [0, 1, 2]) {
    const weighted = smallestConfig("loss.kl=3", `loss.story=${story}`);
    const [loss, { report, updates }] = lossesOf(weighted).g(state, batch, noise);
    const value = (name: string) => scalarOf(report[name]!);
    const ofStory = story > 0 ? story * value("loss.g.fake_s") : 0;
    const total = value("loss.g.fake_c") + value("loss.g.fake_u") + 3 * value("kl") + ofStory;
    assertAlmostEquals(scalarOf(loss), total, 1e-4);
    assertEquals(Object.keys(report), story > 0 ? [...parts, "loss.g.fake_s"] : parts);
    assert(Object.keys(updates).every((name) => name.startsWith("generator.")) && Object.keys(updates).length > 0);
  }
});

Deno.test("the generator's loss adds the losses by the frozen image encoder whose weights are above 0", () => {
  const aligned = smallestConfig("loss.damsm=5");
  const withEncoder = { ...state, ...initialize(imageEncoderParameters(aligned), 2) };
  const [plain] = generatorLoss(state);
  const [loss, { report, updates }] = lossesOf(aligned).g(withEncoder, batch, noise);
  assertAlmostEquals(scalarOf(loss) - scalarOf(plain), 5 * scalarOf(report["loss.g.damsm"]!), 1e-3);
  assert(Object.keys(updates).every((name) => !name.startsWith("tower.")));
  const seen = smallestConfig("loss.damsm=5", "loss.perceptual=3");
  const [both, { report: reported }] = lossesOf(seen).g(withEncoder, batch, noise);
  const perceptual = scalarOf(reported["loss.g.perceptual"]!);
  assertGreater(perceptual, 0);
  assertAlmostEquals(scalarOf(both) - scalarOf(loss), 3 * perceptual, 1e-3);
  const { gradients } = differentiate((s) => lossesOf(aligned).g(s, batch, noise), withEncoder, "generator.");
  const without = differentiate(generatorLoss, state, "generator.").gradients;
  assertGreater(maxDifference(gradients["generator.image.kernel"]!, without["generator.image.kernel"]!), 1e-3);
});

Deno.test("the object head learns from real frames alone, by features that no words have reached, wherever the blocks are", () => {
  for (const blocks of ["model.db.dSizes=[8]", "model.db.dSizes=[16,8]", "model.db.dSizes=[]", "model.db.d=none"]) {
    const config = smallestConfig("loss.objects=2", blocks);
    const parameters = ours.parameters(config, shape);
    const state = livelyState(parameters);
    const { d, g } = lossesOf(config);
    const objects = (given: typeof batch) =>
      scalarOf(d(state, given, drawAll(ours.noise(config, shape)))[1].report["loss.d.objects"]!);
    const own = objects(batch);
    assertEquals(objects({ ...batch, words: tf.mul(batch.words, -1) }), own, blocks);
    assertGreater(Math.abs(objects({ ...batch, images: tf.mul(batch.images, -1) }) - own), 1e-4, blocks);
    assertGreater(Math.abs(objects({ ...batch, targets: tf.sub(1, batch.targets) }) - own), 1e-2, blocks);
    const [loss, { report }] = g(state, batch, drawAll(ours.noise(config, shape)));
    const [plain] = lossesOf(smallestConfig(blocks)).g(state, batch, drawAll(ours.noise(config, shape)));
    assertAlmostEquals(scalarOf(loss) - scalarOf(plain), 2 * scalarOf(report["loss.g.objects"]!), 1e-3);
  }
});

Deno.test("with loss.objectsFrom=both, the head's bias learns to find less in drawn frames, only of what they should show", () => {
  const gradient = (from: string, targets: tf.Tensor) => {
    const config = smallestConfig("loss.objects=2", `loss.objectsFrom=${from}`);
    const state = livelyState(ours.parameters(config, shape));
    const loss = (bias: tf.Tensor) =>
      lossesOf(config).d(
        { ...state, "objects.bias": bias },
        { ...batch, targets },
        drawAll(ours.noise(config, shape)),
      )[0]
        .asScalar();
    return valuesOf(tf.grad(loss)(state["objects.bias"]!));
  };
  const targets = tf.tile(tf.tensor([1, 0, 1]).reshape([1, 1, 3]), [STORIES, FRAMES, 1]);
  const [real, both] = ["real", "both"].map((from) => gradient(from, targets)) as [number[], number[]];
  assertEquals(both.map((value, k) => value > real[k]! + 1e-4), [true, false, true]);
  assertAlmostEquals(both[1]!, real[1]!, 1e-6);
});

Deno.test("with loss.augment, both losses depend on the random changes, each on its own", () => {
  const config = smallestConfig("loss.augment=3");
  const noise = drawAll(ours.noise(config, shape));
  const { d, g } = lossesOf(config);
  const still = (name: string) => ({
    ...noise,
    [`augment.${name}.shift`]: tf.zerosLike(noise[`augment.${name}.shift`]!),
  });
  const value = (loss: typeof d, noise: State) => scalarOf(loss(state, batch, noise)[0]);
  for (
    const [loss, of, changes] of [[d, "real", true], [d, "fake", true], [g, "real", false], [g, "fake", true]] as const
  ) {
    assertEquals(Math.abs(value(loss, still(of)) - value(loss, noise)) > 1e-5, changes, of);
  }
});

Deno.test("the object head is no part of the discriminator's count, and of `paper` it is off", () => {
  const names = (...overrides: string[]) =>
    ours.parameters(smallestConfig(...overrides), shape).map(({ name }) => name);
  assertEquals(names("loss.objects=2").filter((name) => !names().includes(name)), [
    "objects.places.kernel",
    "objects.bias",
  ]);
  assertEquals([ours.readsTargets!(smallestConfig()), ours.readsTargets!(smallestConfig("loss.objects=1"))], [
    false,
    true,
  ]);
});

Deno.test("a loss by an object head that the image encoder has not is refused before training, with the setting that helps", () => {
  const error = assertThrows(() => ours.updates(smallestConfig("loss.encoderObjects=3"), shape), UserError);
  assert(error.message.includes("set text.objects=20"));
  ours.updates(smallestConfig("loss.encoderObjects=3", "text.objects=20"), shape);
});

Deno.test("both losses take hinge and every mode of the blocks, and stay finite", () => {
  for (const others of [[], asBefore]) {
    for (const mode of ["sa", "wsa", "identity", "none"]) {
      const modes = ["loss.adversarial=hinge", `model.db.g=${mode}`, `model.db.d=${mode}`];
      const other = smallestConfig(...modes, ...others);
      const otherState = livelyState(ours.parameters(other, shape));
      const draws = drawAll(ours.noise(other, shape));
      assertEquals(Object.keys(draws), ["z", "code"]);
      assert(Number.isFinite(scalarOf(lossesOf(other).d(otherState, batch, draws)[0])));
      assert(Number.isFinite(scalarOf(lossesOf(other).g(otherState, batch, draws)[0])));
    }
  }
});

const tuned = (decay: string, steps = 100) => smallestConfig(`train.decay=${decay}`, `train.steps=${steps}`);

Deno.test("fallingRate() is the rate itself, or falls from it to almost 0 by a line or half a cosine", () => {
  assertEquals(fallingRate(tuned("none"), 2e-4), 2e-4);
  for (const decay of ["linear", "cosine"]) {
    const rate = fallingRate(tuned(decay), 2e-4);
    assert(typeof rate === "function");
    const rates = Array.from({ length: 100 }, (_, i) => rate(i + 1));
    assertEquals(rates[0], 2e-4); // the first step has all of it
    rates.slice(1).forEach((value, i) => assertLess(value, rates[i]!));
    assertGreater(rates[99]!, 0);
    assertLess(rates[99]!, 2e-4 * 0.011); // a step before the end
    assertAlmostEquals(rates[50]!, 1e-4, 1e-12); // half of it in the middle
    assertAlmostEquals(rate(101), 0, 1e-15);
    assertAlmostEquals(rate(150), 0, 1e-15); // not below 0, nor up again
    // A quarter of the way: 3/4 by a line, (1 + cos 45°)/2 by half a cosine.
    assertAlmostEquals(rates[25]! / 2e-4, decay === "linear" ? 0.75 : (1 + Math.SQRT1_2) / 2, 1e-9);
  }
});

Deno.test("fallingWeights() lets the frozen object head's weight fall by a line to 0, and leaves a constant one alone", () => {
  const weights = (step: number, ...overrides: string[]) =>
    fallingWeights(smallestConfig("train.steps=100", ...overrides), step);
  const falling = ["loss.encoderObjects=20", "loss.encoderObjectsUntil=0.5"];
  assertEquals([1, 26, 51, 100].map((step) => weights(step, ...falling).encoderObjects), [20, 10, 0, 0]);
  assertEquals([weights(1, "loss.encoderObjects=20"), weights(1, "loss.encoderObjectsUntil=0.5")], [{}, {}]);
});

Deno.test("the generator's loss takes a weight that falls in place of the configuration's, and its update gives it", () => {
  const config = smallestConfig(
    ...["loss.encoderObjects=20", "loss.encoderObjectsUntil=1", "text.objects=1", "train.steps=4"],
  );
  const { g } = lossesOf(config);
  const given = { ...state, ...initialize(imageEncoderParameters(config, shape.targets), 2) };
  const [constant, { report }] = g(given, batch, noise);
  const [half] = g(given, batch, noise, { encoderObjects: tf.scalar(10) });
  assertAlmostEquals(scalarOf(constant) - scalarOf(half), 10 * scalarOf(report["loss.g.encoder_objects"]!), 1e-3);
  const update = ours.updates(config, shape).find(({ name }) => name === "g")!;
  assertEquals(update.weights!(3), { encoderObjects: 10 });
});

Deno.test("both updates take their learning rates with the configured decay", () => {
  const config = smallestConfig(
    "train.decay=linear",
    "train.steps=10",
    "train.learningRateG=3e-3",
    "train.learningRateD=1e-3",
  );
  for (const [name, full] of [["d", 1e-3], ["g", 3e-3]] as const) {
    const { rate } = ours.updates(config, shape).find((update) => update.name === name)!.optimiser;
    assert(typeof rate === "function");
    assertEquals(rate(1), full);
    assertAlmostEquals(rate(6), full / 2, 1e-12);
  }
});
