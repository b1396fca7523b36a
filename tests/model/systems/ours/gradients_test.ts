/** The gradients of both losses against finite differences, and which tensors have one. */
import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { type State, tf, valueAndGradients } from "../../../../src/engine/mod.ts";
import { imageEncoderParameters } from "../../../../src/model/damsm/image_encoder.ts";
import { initialize, type Parameter, trainableNames } from "../../../../src/model/parameters.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import type { Loss } from "../../../../src/model/contract.ts";
import {
  asBefore,
  drawAll,
  livelyState,
  lossesOf,
  normals,
  randomBatch,
  scalarOf,
  shapeOf,
  smallestConfig,
} from "../../tiny_model.ts";

const [STORIES, FRAMES] = [2, 2];
const shape = shapeOf(FRAMES);

/** Everything that is off by default, on; the image encoder is wide enough for maps without dead channels. */
const everything = [
  ...["loss.damsm=1", "loss.perceptual=2", "loss.jitter=0.5", "text.towerWidth=4"],
  ...["model.storyInput=true", "model.generatorFloor=4"],
  ...["loss.objects=2", "loss.objectsFrom=both", "loss.encoderObjects=2", "text.objects=1", "loss.augment=2"],
];

type LossOf = (state: State) => Loss;

/** Both losses of a configuration as functions of the state. */
function setUp(...overrides: string[]) {
  const config = smallestConfig(...overrides);
  const parameters = ours.parameters(config, shape);
  const batch = randomBatch(config, STORIES, FRAMES, 3);
  const noise = drawAll(ours.noise(config, shape));
  const frozen = initialize(imageEncoderParameters(config, shape.targets), 2);
  const { d, g } = lossesOf(config);
  return {
    parameters,
    state: { ...livelyState(parameters), ...frozen },
    start: { ...initialize(parameters, 1), ...frozen },
    discriminatorLoss: ((state) => d(state, batch, noise)) as LossOf,
    generatorLoss: ((state) => g(state, batch, noise)) as LossOf,
  };
}

function differentiate(parameters: Parameter[], loss: LossOf, state: State, prefix: string) {
  const names = trainableNames(parameters, prefix);
  const trained = Object.fromEntries(names.map((name) => [name, state[name]!]));
  return valueAndGradients((parameters) => loss({ ...state, ...parameters }), trained);
}

/** Compares each tensor's gradient with a central difference along a random direction with a part in the direction of the gradient. */
function checkDifferences(parameters: Parameter[], loss: LossOf, state: State, prefix: string): void {
  const { gradients } = differentiate(parameters, loss, state, prefix);
  assertEquals(Object.keys(gradients), trainableNames(parameters, prefix));
  for (const [name, gradient] of Object.entries(gradients)) {
    const length = scalarOf(tf.norm(gradient));
    assertGreater(length, 1e-3, `${name} has no gradient`);
    const random = normals(gradient.shape, "direction", name);
    const towards = tf.add(tf.div(gradient, length), tf.div(random, tf.mul(tf.norm(random), 2)));
    const direction = tf.div(towards, tf.norm(towards));
    // Small, as the loss is not smooth where a ReLU flips; larger than float32 would need for a smooth loss.
    const step = 2e-4;
    const at = (factor: number) =>
      scalarOf(loss({ ...state, [name]: tf.add(state[name]!, tf.mul(direction, factor)) })[0]);
    const difference = (at(step) - at(-step)) / (2 * step);
    const slope = scalarOf(tf.sum(tf.mul(direction, gradient)));
    assertAlmostEquals(difference / slope, 1, 0.08, `${name}: difference ${difference}, gradient ${slope}`);
  }
}

const discriminators = [[" with an object head", ["loss.objects=2"]], [" of earlier runs", asBefore]] as const;
for (const [title, overrides] of discriminators) {
  Deno.test(`the discriminator's loss${title} has the gradient that finite differences give, in every tensor`, () => {
    const { parameters, state, discriminatorLoss } = setUp(...overrides);
    checkDifferences(parameters, discriminatorLoss, state, "discriminator.");
    if (title.includes("object head")) checkDifferences(parameters, discriminatorLoss, state, "objects.");
  });
}

for (const [title, overrides] of [[" with all its terms", everything], [" of earlier runs", asBefore]] as const) {
  Deno.test(`the generator's loss${title} has the gradient that finite differences give, in every tensor`, () => {
    // The story code reaches the discriminator's condition without gradient, but moves it when it is moved. With the kernel's
    // rows for the code at 0 it does not.
    const { parameters, state, generatorLoss } = setUp(...overrides);
    const name = "discriminator.conditional.join.kernel";
    const rows = tf.tensor(Array.from({ length: 32 + 8 + 4 }, (_, i) => i < 32 + 8 ? 1 : 0), [1, 1, 44, 1]);
    checkDifferences(parameters, generatorLoss, { ...state, [name]: tf.mul(state[name]!, rows) }, "generator.");
  });
}

Deno.test("the generator's loss has no gradient through the discriminator's condition to the story code", () => {
  for (const overrides of [[], asBefore]) {
    const { parameters, state, generatorLoss } = setUp("loss.kl=0", ...overrides);
    // The logits of a discriminator that ignores the picture depend on the generator by the condition alone.
    const constant: State = {
      ...state,
      "discriminator.conv4.bn.scale": tf.zerosLike(state["discriminator.conv4.bn.scale"]!),
    };
    const { gradients } = differentiate(parameters, generatorLoss, constant, "generator.");
    assertEquals(scalarOf(tf.max(tf.abs(gradients["generator.ca.kernel"]!))), 0);
  }
});

Deno.test("both losses give every parameter a gradient at the start values, but those behind a γ that starts at 0", () => {
  for (const overrides of [[], everything, ["model.db.gamma=0"], asBefore]) {
    const { parameters, start, discriminatorLoss, generatorLoss } = setUp(...overrides);
    for (const [loss, prefix] of [[discriminatorLoss, "discriminator."], [generatorLoss, "generator."]] as const) {
      const { gradients } = differentiate(parameters, loss, start, prefix);
      const dead = Object.keys(gradients).filter((name) => !(scalarOf(tf.max(tf.abs(gradients[name]!))) > 0));
      const gammaIsZero = scalarOf(start["discriminator.db8.gamma"]!) === 0;
      const behindGamma = ["discriminator.db8.words", "discriminator.db8.fuse.kernel"];
      assertEquals(dead, gammaIsZero && prefix === "discriminator." ? behindGamma : []);
    }
  }
});

Deno.test("the losses leave no tensors behind", () => {
  const { parameters, state, discriminatorLoss, generatorLoss } = setUp(...everything);
  const differentiateOnce = () => {
    tf.tidy(() => {
      differentiate(parameters, discriminatorLoss, state, "discriminator.");
      differentiate(parameters, generatorLoss, state, "generator.");
    });
    return tf.memory().numTensors;
  };
  assertEquals(differentiateOnce(), differentiateOnce());
});
