/** Training of the classifier that judges which objects a frame shows: binary cross entropy over all of them. */
import type { Config } from "../base/config.ts";
import { openFeed } from "../data/batches/loader.ts";
import type { StorySet } from "../data/store/stories.ts";
import { buildVocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf, valueAndGradients } from "../engine/mod.ts";
import { classifierParameters, seeTargets, targetLoss } from "../model/classifier.ts";
import { initialize, type Parameter, trainableNames } from "../model/parameters.ts";
import { adamStep, biasCorrection, gradientNorm, zeroMoments } from "./adam.ts";
import type { Carry } from "./checkpoint.ts";
import { checkHealth, gradientSignals, healthOf, layerSignals, partsOf, signals } from "./health.ts";
import { startMeter } from "./meter.ts";
import { giveWay } from "./pause.ts";
import type { Best, Recorder, TrainingEnd, TrainingStart, Validation } from "./recorder.ts";
import { lateReports } from "./report.ts";
import { pick } from "./state.ts";

/** All that the training needs; its carry has no moving average. */
export interface ClassifierRun {
  config: Config;
  set: StorySet;
  /** What is told apart, see `findTargets`. */
  targets: string[];
  /** Its carry is used up. */
  start: TrainingStart;
  record: Recorder;
  /** Judges the classifier; training stops when its score gets no lower, and the best checkpoint is used. */
  validate: (model: State) => Promise<Validation>;
  /** Ends the run after the step under way. */
  signal?: AbortSignal;
}

const betas = { beta1: 0.9, beta2: 0.999 }; // [Kingma and Ba, 2015]

/** Names and shapes of what training carries for K targets, always in the same order. */
export function classifierShapes(config: Config, K: number): Record<keyof Carry, Record<string, number[]>> {
  const parameters = classifierParameters(config, K);
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  const moments = trainableNames(parameters).flatMap((name) => ["m", "v"].map((m) => [`${name}.${m}`, shapes[name]!]));
  return { model: shapes, moments: Object.fromEntries(moments), ema: {} };
}

/** The carry of the start. */
export function freshClassifierCarry(config: Config, K: number): Carry {
  const parameters = classifierParameters(config, K);
  return {
    model: initialize(parameters, config.seed),
    moments: zeroMoments(Object.fromEntries(parameters.filter((p) => p.trainable).map((p) => [p.name, p]))),
    ema: {},
  };
}

/** The learning rate of step `step` (from 1): half a cosine, from its full size to zero at the end of the run. */
export function classifierLearningRate({ classifier: { learningRate, steps } }: Config, step: number): number {
  return learningRate * (1 + Math.cos(Math.PI * (step - 1) / steps)) / 2;
}

/** Steps between two validations, each of which may save a checkpoint: a twentieth of the run. [ours] */
export function classifierCheckpointEvery({ classifier: { steps } }: Config): number {
  return Math.max(1, Math.ceil(steps / 20));
}

/** Whether training ends at a validation's step because the last `classifier.patience` of them found nothing better. */
export function classifierOutOfPatience(config: Config, step: number, best: Best | undefined): boolean {
  const { patience } = config.classifier;
  const every = classifierCheckpointEvery(config);
  return patience > 0 && best !== undefined && Math.floor(step / every) - Math.floor(best.step / every) >= patience;
}

/** One step as a pure function of the carry, the pictures, their targets and the step's scalars. */
export function classifierStep(parameters: Parameter[]) {
  const learnt = trainableNames(parameters);
  type Scalars = { m: Tensor; v: Tensor; learningRate: Tensor };
  let parts: string[] = [];

  function step(carry: Carry, images: Tensor, targets: Tensor, { learningRate, m, v }: Scalars) {
    const { value, gradients, aux } = valueAndGradients((learning) => {
      const seen = seeTargets({ ...carry.model, ...learning }, images, true);
      return [targetLoss(seen.logits, targets), { updates: seen.updates, signals: seen.signals }];
    }, pick(carry.model, learnt));
    const next = adamStep(
      pick(carry.model, learnt),
      gradients,
      carry.moments,
      { learningRate, ...betas },
      { m, v },
    );
    const found = [
      ...signals("input", { pictures: images }),
      ...layerSignals("forward pass", aux.signals),
      ...signals("loss", { "loss.classifier": value }),
      ...gradientSignals("gradients", gradients),
    ];
    parts = partsOf(found);
    const report: State = {
      "loss.classifier": value,
      "gradient.classifier": gradientNorm(gradients),
      health: healthOf(found), // [S]
    };
    const model = { ...carry.model, ...aux.updates, ...next.parameters };
    return { carry: { model, moments: next.moments, ema: {} }, report };
  }
  return Object.assign(step, { parts: () => parts });
}

/**
 * Trains from `start` to `config.classifier.steps`, or until validation is out of patience; it validates and saves every
 * twentieth of the run.
 *
 * @throws UserError when a step's numbers are not all finite, naming the step and the part where it began.
 */
export async function trainClassifier(run: ClassifierRun): Promise<TrainingEnd> {
  const { config, set, targets, record, validate, signal } = run;
  const { steps, batch: pictures } = config.classifier;
  const every = classifierCheckpointEvery(config);
  const feed = openFeed(set, buildVocabulary([]), { kind: "pictures", config, targets }, run.start.step + 1);
  const whole = classifierStep(classifierParameters(config, targets.length));
  const takeStep = jit(whole, { name: "train-classifier", donate: [0], fixed: true });
  const meter = startMeter(run.start.step, pictures);
  const reports = lateReports({
    check: (step, health) => checkHealth(step, health, whole.parts(), saved),
    wanted: (step) => step === 1 || step % config.record.log === 0 || step === steps,
    write: (step, values) => {
      record.metrics(step, values);
      record.timing(step, meter.read(step));
    },
  });
  let { carry, best } = run.start;
  let step = run.start.step;
  let saved = run.start.step; // of the last checkpoint
  let done = step >= steps || classifierOutOfPatience(config, step, best);

  async function save(): Promise<void> {
    const { values, score } = await validate(carry.model);
    record.metrics(step, values);
    if (!best || score < best.score) best = { step, score };
    await record.save(step, carry, best);
    saved = step;
  }

  try {
    while (!done && !signal?.aborted) {
      step++;
      const { batch } = await feed.next();
      const { N, K } = batch.shape;
      const images = tf.tensor(batch.images, [N, set.size, set.size, 3]);
      const truth = tf.tensor(batch.targets, [N, K]);
      const { m, v } = biasCorrection(step, betas.beta1, betas.beta2);
      const learningRate = classifierLearningRate(config, step);
      const scalars = { m: tf.scalar(m), v: tf.scalar(v), learningRate: tf.scalar(learningRate) };

      const result = takeStep(carry, images, truth, scalars);
      carry = result.carry;
      disposeTree([images, truth, scalars]);

      await reports.next(step, result.report);
      record.tick(step);
      await giveWay();
      if (step % every !== 0 && step !== steps) continue;
      await reports.settle();
      await meter.aside(save);
      done = step === steps || classifierOutOfPatience(config, step, best);
    }
    await reports.settle();
    if (steps === 0) await save();
    if (done) return { state: "finished", step, best };
    await record.save(step, carry, best);
    return { state: "interrupted", step, best };
  } finally {
    feed.close();
    disposeTree(carry);
    takeStep.dispose();
  }
}
