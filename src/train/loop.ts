/**
 * The training loop, for every trainable: load, condition, step, log, sample, validate, save.
 *
 * The loop names no system, network or metric; they are arguments of the run. Everything random enters a step as an
 * input sampled from (seed, name, step), and everything that changes is in the train state. So a run that was killed
 * and resumed repeats the same numbers to the last bit.
 */
import type { SharedConfig } from "../base/config.ts";
import { type LoaderSpec, openLoader } from "../data/batches/loader.ts";
import type { StorySet } from "../data/store/stories.ts";
import type { Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State } from "../engine/mod.ts";
import type { DataShape, FrozenNetwork, Schedule, Trainable } from "../model/contract.ts";
import { checkHealth } from "./health.ts";
import { type Conditioner, uploadBatch, uploadNoise } from "./inputs.ts";
import { startMeter } from "./meter.ts";
import { yieldToEventLoop } from "./yield.ts";
import type { Best, Recorder, TrainingEnd, TrainingStart, Validation } from "./recorder.ts";
import { lateReports } from "./report.ts";
import { noiseOfStep, type StepInputs, stepScalars, trainingStep } from "./step.ts";
import { sampledWeights } from "./state.ts";

/** All that a training run needs. */
export interface TrainingRun {
  trainable: Trainable;
  /** With `train.steps` resolved, see {@link resolveSteps}. */
  config: SharedConfig;
  data: DataShape;
  set: StorySet;
  vocabulary: Vocabulary;
  /** Every frozen tensor that the trainable names. */
  frozen: State;
  /** Computes its condition. */
  condition: Conditioner;
  /** The loop disposes of its train state. */
  start: TrainingStart;
  record: Recorder;
  /** Evaluates the weights as they are sampled (averaged, if that is on). */
  validate: (weights: State) => Promise<Validation>;
  /** Ends the run after the step under way. */
  signal?: AbortSignal | undefined;
}

/** The number of steps: as configured, or the batches of `train.epochs` epochs over `stories` stories. */
export function resolveSteps({ train }: SharedConfig, stories: number): number {
  return train.steps || Math.max(1, Math.floor((train.epochs * stories) / train.batch));
}

/**
 * Whether training ends at a validation's step because the last `patience` of them did not lower the score.
 *
 * It follows from the step and the best checkpoint alone, so a resumed run ends where the uninterrupted one does.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { outOfPatience } from "./loop.ts";
 *
 * const schedule = { steps: 1000, checkpoint: 100, patience: 3 };
 * const best = { step: 200, score: 1.5 };
 * assertEquals([400, 500].map((step) => outOfPatience(schedule, step, best)), [false, true]);
 * ```
 */
export function outOfPatience({ patience, checkpoint }: Schedule, step: number, best: Best | undefined): boolean {
  return patience > 0 && best !== undefined &&
    Math.floor(step / checkpoint) - Math.floor(best.step / checkpoint) >= patience;
}

/** Frames in the batches of a step. */
function framesOfStep(loaders: Record<string, LoaderSpec>, { frames }: DataShape): number {
  return Object.values(loaders).reduce((sum, { kind, size }) => sum + size * (kind === "stories" ? frames : 1), 0);
}

/** The frozen tensors that the losses use. */
function frozenOfLosses(networks: FrozenNetwork[], frozen: State): State {
  const prefixes = networks.filter(({ inLosses }) => inLosses).map(({ prefix }) => prefix);
  return Object.fromEntries(
    Object.entries(frozen).filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix))),
  );
}

/**
 * Trains from `start` to the last step of the schedule, or until validation is out of patience.
 *
 * Steps count from 1: step 20 is the twentieth. At the end and when `signal` asks for it, the state is saved;
 * validation happens at regular checkpoints and at the end only, so an interruption does not change the metrics.
 *
 * @throws UserError when a step's numbers are not all finite, naming the step and the first such part; the last
 *   checkpoint is kept.
 */
export async function train(run: TrainingRun): Promise<TrainingEnd> {
  const { trainable, config, data, set, vocabulary, frozen, condition, record, validate, signal } = run;
  const schedule = trainable.schedule(config);
  const { steps } = schedule;
  const loaders = trainable.loaders(config, data);
  const noiseSpec = noiseOfStep(trainable, config, data);
  const loader = openLoader(set, vocabulary, { config, loaders, noise: noiseSpec }, run.start.step + 1);
  const whole = trainingStep(trainable, config, data);
  // The state is donated: the engine writes the next one into its memory.
  const takeStep = jit(whole, { name: `train-${trainable.name}`, donate: [0], fixed: true });
  const inLosses = frozenOfLosses(trainable.frozen?.(config) ?? [], frozen);
  const meter = startMeter(run.start.step, framesOfStep(loaders, data));
  const reports = lateReports({
    check: (step, health) => checkHealth(step, health, whole.parts(), saved),
    wanted: (step) => step === 1 || step % config.record.log === 0 || step === steps,
    write: (step, values) => {
      record.metrics(step, values);
      record.timing(step, meter.read(step));
    },
  });
  let { state, best } = run.start;
  let step = run.start.step;
  let saved = step; // of the last checkpoint
  let done = step >= steps || outOfPatience(schedule, step, best);

  async function validateAndSave(): Promise<void> {
    const { values, score } = await validate(sampledWeights(trainable, config, state));
    record.metrics(step, values);
    if (!best || score < best.score) best = { step, score };
    await record.save(step, state, best);
    saved = step;
  }

  try {
    while (!done && !signal?.aborted) {
      step++;
      // Load. The data of a step depend on seed and step alone, and were made while earlier steps ran.
      const { batches, noise: sampled } = await loader.next();
      const noise = uploadNoise(noiseSpec, sampled);
      const scalars = stepScalars(trainable, config, data, step);
      const uploaded = Object.entries(batches).map(([name, batch]) => [name, uploadBatch(batch)] as const);

      // Condition and step. Neither waits for the engine.
      const inputs: StepInputs = Object.fromEntries(
        uploaded.map(([name, batch]) => [name, { images: batch.images!, ...condition(frozen, batch) }]),
      );
      const result = takeStep(state, inputs, noise, scalars, inLosses);
      state = result.state;
      disposeTree([inputs, uploaded.map(([, batch]) => batch), noise, scalars]);

      // Log the step before, while this one runs; then let timers and signals run.
      await reports.next(step, result.report);
      record.tick(step);
      await yieldToEventLoop();

      // Sample, validate, save.
      const sampling = schedule.sample !== undefined && (step % schedule.sample === 0 || step === steps);
      const saving = step % schedule.checkpoint === 0 || step === steps;
      if (!sampling && !saving) continue;
      await reports.settle();
      await meter.aside(async () => {
        if (sampling) await record.sample(step, sampledWeights(trainable, config, state));
        if (saving) await validateAndSave();
      });
      done = step === steps || (saving && outOfPatience(schedule, step, best));
    }
    await reports.settle();
    if (steps === 0) await validateAndSave(); // with no steps, the initial network is kept
    if (done) return { state: "finished", step, best };
    await record.save(step, state, best);
    return { state: "interrupted", step, best };
  } finally {
    loader.close();
    disposeTree(state);
    takeStep.dispose();
  }
}
