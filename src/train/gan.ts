/**
 * Training a story-visualisation GAN: one step, and the loop around it.
 *
 * Read from top to bottom: what a run needs, what it carries along, one step as a pure function (which `jit` compiles
 * as a whole), and the loop: fetch, encode, step, log, sample, validate, save. The loop knows no system and no metric
 * by name; both come in with the run.
 *
 * Everything that is random enters a step as an input drawn from (seed, name, step), and everything that changes is in
 * the carry. So a run that was killed and resumed repeats the same numbers to the last bit.
 */
import type { Config } from "../base/config.ts";
import { openFeed } from "../data/batches/loader.ts";
import type { StorySet } from "../data/store/stories.ts";
import type { Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf, valueAndGradients } from "../engine/mod.ts";
import { initialize, trainableNames } from "../model/parameters.ts";
import type { System } from "../model/contract.ts";
import { adamStep, biasCorrection, gradientNorm, zeroMoments } from "./adam.ts";
import { averageDecay, averageStep } from "./average.ts";
import type { Carry } from "./checkpoint.ts";
import { uploadNoise } from "./draws.ts";
import { checkHealth, gradientSignals, healthOf, layerSignals, partsOf, signals } from "./health.ts";
import { startMeter } from "./meter.ts";
import { giveWay } from "./pause.ts";
import type { Recorder, TrainingEnd, TrainingStart, Validation } from "./recorder.ts";
import { lateReports } from "./report.ts";
import { entriesUnder, mapNames, pick } from "./state.ts";
import type { EncodeStories, StoryText } from "./text.ts";

/** All that a training run needs. */
export interface GanRun {
  system: System;
  /** With `train.steps` resolved, see {@link resolveSteps}. */
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  /** The frozen encoder: `text.*`, and `tower.*` if the loss uses it. */
  encoder: State;
  /** Applies it; compiled once for all that a run encodes. */
  encode: EncodeStories;
  /** Its carry is used up. */
  start: TrainingStart;
  record: Recorder;
  /** Judges a generator on the validation stories; gets its weights as sampled (averaged, if that is on). */
  validate: (weights: State) => Promise<Validation>;
  /** Ends the run after the step under way. */
  signal?: AbortSignal;
}

/** The number of steps: as configured, or the batches of `train.epochs` passes over `stories` stories. */
export function resolveSteps({ train }: Config, stories: number): number {
  return train.steps || Math.max(1, Math.floor((train.epochs * stories) / train.batch));
}

// ---------------------------------------------------------------------------------------------------------------------
// What a run carries from step to step

/** Names and shapes of everything a run carries, always in the same order, so that a compiled step is always the same. */
export function carryShapes(system: System, config: Config): Record<keyof Carry, Record<string, number[]>> {
  const parameters = system.parameters(config);
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  const moments = trainableNames(parameters).flatMap((name) => ["m", "v"].map((m) => [`${name}.${m}`, shapes[name]!]));
  return {
    model: shapes,
    moments: Object.fromEntries(moments),
    ema: config.train.ema > 0 ? entriesUnder(shapes, "generator.") : {},
  };
}

/** The carry of a run's start: drawn weights, moments of zero, and an average that equals the weights. */
export function freshCarry(system: System, config: Config): Carry {
  const parameters = system.parameters(config);
  const generator = parameters.filter(({ name }) => name.startsWith("generator."));
  return {
    model: initialize(parameters, config.seed),
    moments: zeroMoments(Object.fromEntries(parameters.filter((p) => p.trainable).map((p) => [p.name, p]))),
    ema: config.train.ema > 0 ? initialize(generator, config.seed) : {},
  };
}

/** The generator as it is sampled and judged: its moving average where there is one. */
export function sampledWeights({ model, ema }: Carry): State {
  return { ...entriesUnder(model, "generator."), ...ema };
}

// ---------------------------------------------------------------------------------------------------------------------
// One step

/** What a step sees of the data. */
export type StepBatch = { images: Tensor /* [B, T, 64, 64, 3] */; text: StoryText };

/** Numbers of a step that change from step to step: Adam's bias corrections and the average's decay. */
export type StepScalars = { m: Tensor; v: Tensor; decay: Tensor };

/** The scalars of step `step`, the first being 1. */
export function stepScalars({ train }: Config, step: number): StepScalars {
  const { m, v } = biasCorrection(step, train.beta1, train.beta2);
  return { m: tf.scalar(m), v: tf.scalar(v), decay: tf.scalar(averageDecay(step, train.ema)) };
}

/**
 * One training step as a pure function: an update of the discriminator, then one of the generator against it.
 *
 * @returns a function of the carry, the batch, the step's noise, its scalars and frozen tensors the losses may look at;
 *   it gives the next carry and scalars to report, with `health` [S] among them (see health.ts); its `parts()` are what
 *   the entries of `health` stand for, known after the first call. Both Adams take the same bias corrections, for both
 *   networks are updated once a step [paper: alternating].
 */
export function ganStep(system: System, config: Config) {
  const parameters = system.parameters(config);
  const ofGenerator = trainableNames(parameters, "generator.");
  const ofDiscriminator = trainableNames(parameters, "discriminator.");
  const { learningRateG, learningRateD, beta1, beta2 } = config.train;
  let parts: string[] = [];

  function step(carry: Carry, batch: StepBatch, noise: State, scalars: StepScalars, frozen: State) {
    // 1. The discriminator learns to tell real stories from those of the present generator.
    const d = valueAndGradients(
      (learnt) => system.discriminatorLoss(config, { ...carry.model, ...frozen, ...learnt }, batch, noise),
      pick(carry.model, ofDiscriminator),
    );
    const nextD = adamStep(
      pick(carry.model, ofDiscriminator),
      d.gradients,
      carry.moments,
      { learningRate: learningRateD, beta1, beta2 },
      scalars,
    );
    const between = { ...carry.model, ...d.aux.updates, ...nextD.parameters };

    // 2. The generator learns to pass as real before the updated discriminator.
    const g = valueAndGradients(
      (learnt) => system.generatorLoss(config, { ...between, ...frozen, ...learnt }, batch, noise),
      pick(between, ofGenerator),
    );
    const nextG = adamStep(
      pick(between, ofGenerator),
      g.gradients,
      carry.moments,
      { learningRate: learningRateG, beta1, beta2 },
      scalars,
    );
    const model = { ...between, ...g.aux.updates, ...nextG.parameters };

    // 3. The average that is sampled follows the generator; an average that is off has no entries.
    const ema = averageStep(carry.ema, model, scalars.decay);

    // 4. What there is to report, and a look at every part in the order of computing.
    const { words, sentences } = batch.text;
    const found = [
      ...signals("input", { pictures: batch.images, words, sentences, ...mapNames(noise, (name) => `noise.${name}`) }),
      ...layerSignals("forward pass of the discriminator's loss", d.aux.signals),
      ...signals("discriminator's loss", { ...d.aux.report, "loss.d": d.value }),
      ...gradientSignals("gradients of the discriminator's loss", d.gradients),
      ...layerSignals("forward pass of the generator's loss", g.aux.signals),
      ...signals("generator's loss", { ...g.aux.report, "loss.g": g.value }),
      ...gradientSignals("gradients of the generator's loss", g.gradients),
    ];
    parts = partsOf(found);
    const report: State = {
      ...d.aux.report,
      ...g.aux.report,
      "loss.d": d.value,
      "loss.g": g.value,
      "gradient.d": gradientNorm(d.gradients),
      "gradient.g": gradientNorm(g.gradients),
      health: healthOf(found), // [S]
    };
    return { carry: { model, moments: { ...carry.moments, ...nextD.moments, ...nextG.moments }, ema }, report };
  }
  return Object.assign(step, { parts: () => parts });
}

// ---------------------------------------------------------------------------------------------------------------------
// The loop

/**
 * Trains from `start` to `config.train.steps`.
 *
 * Steps count from 1: step 20 is the twentieth update. At the end and when `signal` asks for it, the state is saved;
 * validation happens at regular checkpoints and at the end only, so an interruption leaves no trace in the metrics.
 *
 * @throws UserError when a step's numbers are not all finite, naming the step and the part where it began; the last
 *   checkpoint is left as it was.
 */
export async function trainGan(run: GanRun): Promise<TrainingEnd> {
  const { system, config, set, vocabulary, encoder, encode, record, validate, signal } = run;
  const { steps } = config.train;
  const { labels: K } = config.data;
  const every = config.record;
  const spec = system.noise(config, config.train.batch, set.frames);
  const feed = openFeed(set, vocabulary, { kind: "stories", config, noise: spec }, run.start.step + 1);
  // The carry is donated: the engine writes the next state into the memory of the one before.
  const whole = ganStep(system, config);
  const takeStep = jit(whole, { name: `train-${system.name}`, donate: [0], fixed: true });
  const tower = { ...entriesUnder(encoder, "tower."), ...entriesUnder(encoder, "inception.") };
  const frozen = config.loss.damsm > 0 ? tower : {};
  const meter = startMeter(run.start.step, config.train.batch * set.frames);
  const reports = lateReports({
    check: (step, health) => checkHealth(step, health, whole.parts(), saved),
    wanted: (step) => step === 1 || step % every.log === 0 || step === steps,
    write: (step, values) => {
      record.metrics(step, values);
      record.timing(step, meter.read(step));
    },
  });
  let { carry, best } = run.start;
  let step = run.start.step;
  let saved = run.start.step; // of the last checkpoint

  try {
    while (step < steps && !signal?.aborted) {
      step++;
      // Fetch. What a step sees depends on the seed and the step alone, and was made while the steps before it ran.
      const { batch, noise: drawn } = await feed.next();
      const { B, T, L } = batch.shape;
      const images = tf.tensor(batch.images, [B, T, set.size, set.size, 3]); // [B, T, 64, 64, 3]
      const tokens = tf.tensor(batch.tokens, [B, T, L], "int32"); // [B, T, L]
      const mask = tf.tensor(batch.mask, [B, T, L]); // [B, T, L]
      const labels = K > 0 ? tf.tensor(batch.labels, [B, T, K]) : undefined; // [B, T, K]
      const noise = uploadNoise(spec, drawn);
      const scalars = stepScalars(config, step);

      // Encode and step. Neither waits for the engine.
      const text = encode(encoder, tokens, mask, labels); // words [B, T, L, D], sentences [B, T, D]
      const result = takeStep(carry, { images, text }, noise, scalars, frozen);
      carry = result.carry;
      disposeTree([images, tokens, text, noise, scalars]);

      // Log the step before, while this one runs; then let timers and signals have their turn.
      await reports.next(step, result.report);
      record.tick(step);
      await giveWay();

      // Sample, validate, save.
      const drawing = step % every.sample === 0 || step === steps;
      const saving = step % every.checkpoint === 0 || step === steps;
      if (!drawing && !saving) continue;
      await reports.settle();
      await meter.aside(async () => {
        const weights = sampledWeights(carry);
        if (drawing) await record.sample(step, weights);
        if (!saving) return;
        const { values, score } = await validate(weights);
        record.metrics(step, values);
        if (!best || score < best.score) best = { step, score };
        await record.save(step, carry, best);
        saved = step;
      });
    }
    await reports.settle();
    if (step === steps) return { state: "finished", step, best };
    await record.save(step, carry, best);
    return { state: "interrupted", step, best };
  } finally {
    feed.close();
    disposeTree(carry);
    takeStep.dispose();
  }
}
