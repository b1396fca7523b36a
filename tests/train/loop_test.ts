import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { disposeTree, jit, tf } from "../../src/engine/mod.ts";
import type { Update } from "../../src/model/contract.ts";
import { constant } from "../../src/model/parameters.ts";
import { ours } from "../../src/model/systems/ours/mod.ts";
import { uploadTrainState } from "../../src/train/checkpoint.ts";
import { sampleNoise } from "../../src/train/inputs.ts";
import { resolveSteps } from "../../src/train/loop.ts";
import { readReport } from "../../src/train/report.ts";
import { initialState, sampledWeights, stateShapes } from "../../src/train/state.ts";
import { checkTrainable, stepScalars, trainingStep } from "../../src/train/step.ts";
import { memoryRecorder, startEngine, tinyConfig, tinyShape, toySystem, trainTiny } from "./tiny.ts";

await startEngine();

const toyConfig = (...overrides: string[]) =>
  tinyConfig("train.steps=7", "record.log=1", "record.sample=100", "record.checkpoint=3", ...overrides);

/** A batch whose frames are all of one value. */
const flatBatch = (value: number) => ({ stories: { images: tf.fill([2, 5, 64, 64, 3], value) } });

Deno.test("trainingStep() runs the updates in order: the discriminator first and the generator against the updated one", async () => {
  const config = toyConfig("train.learningRateD=0.1", "train.learningRateG=0.01", "train.ema=0.5");
  const step = jit(trainingStep(toySystem, config, tinyShape));
  const noise = { z: tf.zeros([2, 1]), choice: tf.zeros([1]) };
  const scalars = stepScalars(toySystem, config, tinyShape, 1);
  const { state, report } = step(initialState(toySystem, config, tinyShape), flatBatch(1), noise, scalars, {});
  const value = async (tensor: tf.Tensor) => (await tensor.data())[0]!;

  // D: (0.25 − 1)² with gradient −1.5; Adam's first step is the learning rate, up.
  const numbers = await readReport(report);
  assertAlmostEquals(numbers["loss.d"]!, 0.5625, 1e-5);
  assertAlmostEquals(numbers["gradient.d"]!, 1.5, 1e-5);
  assertAlmostEquals(await value(state.model["discriminator.look"]!), 0.35, 1e-5);
  // G sees 0.35, not 0.25: (0.5 − 0.35)², and goes down.
  assertAlmostEquals(numbers["loss.g"]!, 0.0225, 1e-5);
  assertAlmostEquals(await value(state.model["generator.paint"]!), 0.49, 1e-5);
  assertAlmostEquals(await value(state.model["generator.steps"]!), 1, 1e-6);
  // The average starts with a decay of 2/11.
  assertAlmostEquals(await value(state.ema["generator.paint"]!), 0.5 * (2 / 11) + 0.49 * (9 / 11), 1e-5);
  assertAlmostEquals(await value(state.moments["discriminator.look.m"]!), 0.5 * -1.5, 1e-5);
  assertAlmostEquals(await value(state.moments["discriminator.look.v"]!), 0.001 * 2.25, 1e-6);
});

Deno.test("trainingStep() gives each loss its own weights of the step, by their names, in one compiled program", async () => {
  const [d, g] = toySystem.updates(toyConfig(), tinyShape) as [Update, Update];
  const system = {
    ...toySystem,
    updates: (): Update[] => [d, {
      ...g,
      weights: (step) => ({ slope: 2 * step }),
      loss: (state, inputs, noise, weights) => {
        const [loss, aux] = g.loss(state, inputs, noise, weights);
        assertEquals(Object.keys(weights), ["slope"]);
        return [tf.add(loss, tf.mul(tf.sum(state["generator.paint"]!), weights.slope!)), aux];
      },
    }],
  };
  const config = toyConfig();
  const step = jit(trainingStep(system, config, tinyShape));
  const noise = { z: tf.zeros([2, 1]), choice: tf.zeros([1]) };
  const gradients = [];
  for (const n of [1, 2]) {
    // Only the weight is that of step n: with Adam's corrections of another step the discriminator would differ, too.
    const slope = stepScalars(system, config, tinyShape, n)["weight.g.slope"]!;
    const scalars = { ...stepScalars(system, config, tinyShape, 1), "weight.g.slope": slope };
    const { report } = step(initialState(system, config, tinyShape), flatBatch(0.25), noise, scalars, {});
    gradients.push((await readReport(report))["gradient.g"]!);
  }
  assertAlmostEquals(gradients[1]! - gradients[0]!, 2, 1e-5); // 4 − 2
});

/** A step of the paper's system, compiled once for the tests that take one, and what it takes. */
const oursStep = (() => {
  const config = toyConfig("train.ema=0.9", "loss.perceptual=0", "loss.encoderObjects=0");
  const whole = trainingStep(ours, config, tinyShape);
  const inputs = () => ({
    state: initialState(ours, config, tinyShape),
    batch: {
      images: tf.randomUniform([2, 5, 64, 64, 3], -1, 1),
      words: tf.randomNormal([2, 5, 4, 8]),
      sentences: tf.randomNormal([2, 5, 8]),
      mask: tf.ones([2, 5, 4]),
      targets: tf.ones([2, 5, 2]),
    },
    noise: sampleNoise(ours.noise(config, tinyShape), 1, "noise", 1),
    scalars: stepScalars(ours, config, tinyShape, 1),
  });
  return { system: ours, config, whole, takeStep: jit(whole, { fixed: true }), inputs };
})();

Deno.test("trainingStep() of the paper's system changes every trainable tensor and keeps every name and shape", async () => {
  const { system, config, takeStep, inputs } = oursStep;
  const shapes = stateShapes(system, config, tinyShape);
  const { state: before, batch, noise, scalars } = inputs();
  const { state, report } = takeStep(before, { stories: batch }, noise, scalars, {});
  for (const part of ["model", "moments", "ema"] as const) {
    const found = Object.entries(state[part]).map(([name, tensor]) => [name, tensor.shape]);
    assertEquals(found, Object.entries(shapes[part]));
  }
  for (const { name, trainable } of system.parameters(config, tinyShape)) {
    if (!trainable) continue;
    const largest = await tf.max(tf.abs(tf.sub(state.model[name]!, before.model[name]!))).data();
    // γ of the discriminator's blocks starts at 0 and hides what is behind it from the first step's gradient.
    const hidden = largest[0] === 0;
    assert(!hidden || /discriminator\.db/.test(name), name);
  }
  const numbers = await readReport(report);
  for (const [name, value] of Object.entries(numbers)) assert(Number.isFinite(value), name);
  assert(["accuracy.real", "accuracy.fake", "accuracy.wrong", "p_sa.g8", "kl"].every((name) => name in numbers));
});

Deno.test("trainingStep() reports by its health in which part the first number that is not finite appeared", async () => {
  const { whole, takeStep, inputs } = oursStep;
  type Inputs = ReturnType<typeof inputs>;
  /** The tensor with its first element replaced. */
  const spoilt = (tensor: tf.Tensor, value: number) => {
    const values = tensor.dataSync().slice();
    values[0] = value;
    return tf.tensor(values, tensor.shape);
  };
  const weight = (name: string, value = NaN) => ({ state }: Inputs) => {
    state.model[name] = spoilt(state.model[name]!, value);
  };
  const cases: [spoil: (inputs: Inputs) => void, part: string][] = [
    [({ batch }) => (batch.images = spoilt(batch.images, NaN) as typeof batch.images), "stories.images (input)"],
    [({ batch }) => (batch.words = spoilt(batch.words, Infinity) as typeof batch.words), "stories.words (input)"],
    [({ noise }) => (noise.z = spoilt(noise.z!, Infinity)), "noise.z (input)"],
    [weight("generator.up2.conv.kernel"), "generator.up2 (forward pass, update d)"],
    [weight("generator.db8.words"), "generator.db8 (forward pass, update d)"],
    [weight("generator.image.kernel"), "generator.image (forward pass, update d)"],
    [weight("generator.fc.bn.variance"), "generator.fc (forward pass, update d)"],
    [weight("discriminator.conv3.kernel"), "discriminator.conv3 (forward pass, update d)"],
    [weight("discriminator.unconditional.out.bias"), "loss.d.real_u (loss, update d)"],
  ];
  for (const [spoil, part] of cases) {
    const given = inputs();
    spoil(given);
    const { state, report } = takeStep(given.state, { stories: given.batch }, given.noise, given.scalars, {});
    const health = await report.health!.data();
    assertEquals(whole.parts()[health.findIndex((value) => !Number.isFinite(value))], part);
    disposeTree([given, state, report]);
  }
});

Deno.test("train() logs, samples, validates and saves at the configured steps and at the end", async () => {
  const { kept, record } = memoryRecorder();
  const scores = [5, 3, 4];
  const validate = () => Promise.resolve({ values: { score: scores[0]! }, score: scores.shift()! });
  const config = toyConfig("record.log=2", "record.sample=5");
  const end = await trainTiny(toySystem, config, { record, validate });
  assertEquals(end, { state: "finished", step: 7, best: { step: 6, score: 3 } });
  assertEquals(kept.samples, [5, 7]);
  assertEquals(Object.keys(kept.saved), ["3", "6", "7"]);
  // Training numbers of a step come before what validation found at it.
  const lines = kept.metrics.map(({ step, values }) => `${step}${"score" in values ? " val" : ""}`);
  assertEquals(lines, ["1", "2", "3 val", "4", "6", "6 val", "7", "7 val"]);
  assertEquals(kept.metrics.filter(({ values }) => "health" in values), []);
});

Deno.test("train() leaves no tensor behind from step to step, nor at the end", async () => {
  const before = tf.memory().numTensors;
  const { kept, record } = memoryRecorder();
  await trainTiny(toySystem, toyConfig("record.checkpoint=100"), { record });
  // The last step's line is written when no later step's tensors are there.
  const counts = kept.timing.slice(0, -1).map(({ values }) => values.tensors);
  assertEquals(counts.length, 6);
  assertEquals(new Set(counts).size, 1);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() interrupted and started again from its checkpoint equals a run in one go", async () => {
  const config = toyConfig();
  const whole = memoryRecorder();
  await trainTiny(toySystem, config, { record: whole.record });

  const controller = new AbortController();
  const first = memoryRecorder((step) => step === 5 && controller.abort());
  const end = await trainTiny(toySystem, config, { record: first.record, signal: controller.signal });
  assertEquals(end.state, "interrupted");
  assertEquals(Object.keys(first.kept.saved), ["3", "5"]);
  const second = memoryRecorder();
  const state = uploadTrainState(first.kept.last, stateShapes(toySystem, config, tinyShape));
  await trainTiny(toySystem, config, { record: second.record, start: { step: 5, state, best: end.best } });
  assertEquals([...first.kept.metrics, ...second.kept.metrics].slice(1), whole.kept.metrics.slice(1));
  assertEquals(second.kept.saved[7], whole.kept.saved[7]);
  assertNotEquals(second.kept.saved[7], first.kept.saved[5]);
});

/** The toy, with something added to its generator's loss from the fifth step on: `added` sees 0, and then 1. */
const spoiling = (added: (late: tf.Tensor, paint: tf.Tensor) => tf.Tensor): typeof toySystem => ({
  ...toySystem,
  updates(config, data) {
    const [d, g] = toySystem.updates(config, data);
    return [d!, {
      ...g!,
      loss(state, inputs, noise) {
        const [loss, aux] = g!.loss(state, inputs, noise, {});
        const late = tf.cast(tf.greater(state["generator.steps"]!, 3.5), "float32");
        return [tf.add(loss, tf.sum(added(late, state["generator.paint"]!))), aux];
      },
    }];
  },
});

Deno.test("train() stops at a loss that is no number, names step and part, and can be resumed before it", async () => {
  const { kept, record } = memoryRecorder();
  const broken = spoiling((late) => tf.sqrt(tf.neg(late))); // −0 has a root, −1 has none
  const before = tf.memory().numTensors;
  const { message } = await assertRejects(() => trainTiny(broken, toyConfig(), { record }), UserError);
  assertStringIncludes(message, "Training broke at step 5: NaN or infinity, first in loss.g (loss, update g).");
  assertStringIncludes(message, "The last checkpoint, of step 3, is kept.");
  assertEquals(Object.keys(kept.saved), ["3"]);
  assertEquals(tf.memory().numTensors, before);

  const [whole, rest] = [memoryRecorder(), memoryRecorder()];
  await trainTiny(toySystem, toyConfig(), { record: whole.record });
  const state = uploadTrainState(kept.last, stateShapes(toySystem, toyConfig(), tinyShape));
  await trainTiny(toySystem, toyConfig(), { record: rest.record, start: { step: 3, state, best: kept.best } });
  assertEquals(rest.kept.saved[7], whole.kept.saved[7]);
});

Deno.test("train() stops at a gradient whose square is infinite, though the loss is finite", async () => {
  const huge = spoiling((late, paint) => tf.mul(tf.mul(late, 1e25), paint));
  const { message } = await assertRejects(() => trainTiny(huge, toyConfig("record.checkpoint=100")), UserError);
  assertStringIncludes(message, "at step 5: NaN or infinity, first in generator.paint (gradients, update g");
  assertStringIncludes(message, "No checkpoint had been saved before it.");
});

Deno.test("train() stops at its first step when it starts from a broken weight", async () => {
  const state = initialState(toySystem, toyConfig(), tinyShape);
  state.model["discriminator.look"]!.dispose();
  state.model["discriminator.look"] = tf.tensor1d([NaN]);
  const start = { step: 2, state, best: undefined };
  const { message } = await assertRejects(() => trainTiny(toySystem, toyConfig(), { start }), UserError);
  assertStringIncludes(message, "Training broke at step 3: NaN or infinity, first in loss.d (loss, update d).");
});

Deno.test("resolveSteps() derives the steps from the epochs when they are 0", () => {
  assertEquals(resolveSteps(tinyConfig("train.steps=0", "train.epochs=3", "train.batch=4"), 10), 7);
  assertEquals(resolveSteps(tinyConfig("train.steps=5"), 10), 5);
});

Deno.test("sampledWeights() are the average where there is one", () => {
  for (const ema of [0, 0.9]) {
    const config = toyConfig(`train.ema=${ema}`);
    const state = initialState(toySystem, config, tinyShape);
    const weights = sampledWeights(toySystem, config, state);
    assertEquals(Object.keys(weights).sort(), ["generator.paint", "generator.steps"]);
    assertEquals(weights["generator.paint"] === state.ema["generator.paint"], ema > 0);
    disposeTree(state);
  }
});

/** The toy with other updates. */
const changed = (change: (updates: Update[]) => Update[]): typeof toySystem => (
  { ...toySystem, updates: (config, data) => change(toySystem.updates(config, data)) }
);

Deno.test("checkTrainable() refuses declarations that would train wrongly, and names update or parameter", () => {
  const cases: [system: typeof toySystem, message: string][] = [
    [changed(([d]) => [d!]), 'the parameter "generator.paint" is trained by no update'],
    [changed(([d, g]) => [{ ...d!, trains: ["discriminator.", "generator."] }, g!]), "by the updates d and g"],
    [changed(([d, g]) => [d!, { ...g!, name: "d" }]), 'two updates are called "d"'],
    [changed(([d, g]) => [d!, { ...g!, times: 0 }]), '"times" of the update "g" is 0'],
    [changed(([d, g]) => [d!, { ...g!, times: 2.5 }]), '"times" of the update "g" is 2.5'],
    [changed(([d, g]) => [d!, g!, { ...g!, name: "more", trains: [] }]), 'the update "more" trains nothing'],
    [changed(([d, g]) => [d!, { ...g!, trains: ["generator.", "painter."] }]), 'starts with "painter."'],
    [
      changed(([d, g]) => [d!, { ...g!, optimiser: { ...g!.optimiser, clip: { prefix: "text.", norm: 1 } } }]),
      'starts with "text.", which the update "g" names',
    ],
    [{ ...toySystem, noise: () => ({ "z/2": { shape: [1], kind: "normal" } }) }, 'noise "z/2"'],
    [{ ...toySystem, average: () => ({ prefix: "painter.", decay: 0 }) }, "the prefix of its average"],
    [
      { ...toySystem, parameters: (...args) => [...toySystem.parameters(...args), ...toySystem.parameters(...args)] },
      'two parameters are called "generator.paint"',
    ],
  ];
  for (const [system, message] of cases) {
    assertThrows(() => checkTrainable(system, toyConfig(), tinyShape), UserError, message);
  }
  checkTrainable(toySystem, toyConfig(), tinyShape);
});

Deno.test("trainingStep() refuses losses and reports that are no scalars, and names that records use", () => {
  const reporting = (report: (look: tf.Tensor) => Record<string, tf.Tensor>, times = 1) =>
    changed(([d, g]) => [{
      ...d!,
      loss(state, inputs, noise) {
        const [loss, aux] = d!.loss(state, inputs, noise, {});
        const tiled = times === 1 ? loss : tf.tile(loss.reshape([1]), [times]);
        return [tiled, { ...aux, report: report(state["discriminator.look"]!) }];
      },
    }, g!]);
  const cases: [system: typeof toySystem, message: string][] = [
    [reporting(() => ({}), 2), 'The update "d" reports its loss as [2], expected a scalar.'],
    [reporting((look) => ({ looks: tf.tile(look, [3]) })), 'The update "d" reports looks as [3], expected a scalar.'],
    [reporting((look) => ({ step: look })), 'reports a number called "step"'],
    [
      {
        ...toySystem,
        parameters: (...args) => [...toySystem.parameters(...args), constant("generator.unused", [1], 0)],
      },
      'The loss of the update "g" does not depend on every parameter that it trains (generator.)',
    ],
  ];
  for (const [system, message] of cases) {
    const config = toyConfig();
    const step = jit(trainingStep(system, config, tinyShape));
    const noise = { z: tf.zeros([2, 1]), choice: tf.zeros([1]) };
    const scalars = stepScalars(system, config, tinyShape, 1);
    assertThrows(
      () => step(initialState(system, config, tinyShape), flatBatch(1), noise, scalars, {}),
      Error,
      message,
    );
  }
});
