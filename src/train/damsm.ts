/**
 * Pre-training of the text encoder by DAMSM (Xu et al., 2018): an image tower and the encoder learn together which
 * caption belongs to which picture. Afterwards the encoder is frozen; the tower stays as the measure of validation.
 */
import type { Config } from "../base/config.ts";
import type { CaptionBatch } from "../data/batches/pairs.ts";
import { openFeed } from "../data/batches/loader.ts";
import type { StorySet } from "../data/store/stories.ts";
import type { Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf, valueAndGradients } from "../engine/mod.ts";
import { damsmLoss } from "../model/damsm.ts";
import { initialize, type Parameter, trainableNames } from "../model/parameters.ts";
import { encodeText, textParameters } from "../model/text_encoder.ts";
import { encodeImage, towerParameters } from "../model/image_encoder.ts";
import { adamStep, biasCorrection, clipGradients, gradientNorm, zeroMoments } from "./adam.ts";
import type { Carry } from "./checkpoint.ts";
import { checkHealth, gradientSignals, healthOf, layerSignals, partsOf, signals } from "./health.ts";
import { startMeter } from "./meter.ts";
import { giveWay } from "./pause.ts";
import type { Best, Recorder, TrainingEnd, TrainingStart, Validation } from "./recorder.ts";
import { lateReports } from "./report.ts";
import { entriesUnder, pick } from "./state.ts";

/** All that pre-training needs; its carry has no moving average. */
export interface DamsmRun {
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  /** What the image tower holds and does not learn: `inception.*`. */
  frozen?: State;
  /** Its carry is used up. */
  start: TrainingStart;
  record: Recorder;
  /** Judges encoder and tower; pre-training stops when its score gets no lower, and the best checkpoint is used. */
  validate: (model: State) => Promise<Validation>;
  /** Ends the run after the step under way. */
  signal?: AbortSignal;
}

const betas = { beta1: 0.5, beta2: 0.999 }; // [authors]

/** Pictures and captions as tensors. */
export type PairTensors = {
  images: Tensor; // [N, 64, 64, 3] in [-1, 1]
  tokens: Tensor; // int32 [N, L]
  mask: Tensor; // [N, L]
  /** Equal numbers for captions of the same words, which are not held against each other; int32 [N]. */
  classes: Tensor;
};

/** Parameters of encoder and tower. */
export function damsmParameters(config: Config, vocabulary: Vocabulary): Parameter[] {
  return [...textParameters(config, vocabulary.words.length), ...towerParameters(config)];
}

/** Names and shapes of what pre-training carries, always in the same order. */
export function damsmShapes(config: Config, vocabulary: Vocabulary): Record<keyof Carry, Record<string, number[]>> {
  const parameters = damsmParameters(config, vocabulary);
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  const moments = trainableNames(parameters).flatMap((name) => ["m", "v"].map((m) => [`${name}.${m}`, shapes[name]!]));
  return { model: shapes, moments: Object.fromEntries(moments), ema: {} };
}

/** The carry of the start; words that have a vector [E] start from it, the others from random numbers. */
export function freshDamsmCarry(
  config: Config,
  vocabulary: Vocabulary,
  vectors: Map<number, Float32Array> = new Map(),
): Carry {
  const parameters = damsmParameters(config, vocabulary);
  const model = initialize(parameters, config.seed);
  if (vectors.size > 0) {
    const drawn = model["text.embedding"]!;
    const values = Float32Array.from(drawn.dataSync());
    for (const [word, vector] of vectors) values.set(vector, word * config.text.embedding);
    model["text.embedding"] = tf.tensor(values, drawn.shape);
    drawn.dispose();
  }
  return {
    model,
    moments: zeroMoments(Object.fromEntries(parameters.filter((p) => p.trainable).map((p) => [p.name, p]))),
    ema: {},
  };
}

/** The learning rate of step `step`: times `text.decay` with every pass over the training frames, down to a tenth. */
export function damsmLearningRate({ text }: Config, step: number, frames: number): number {
  const epoch = Math.floor(((step - 1) * text.batch) / frames);
  return text.learningRate * Math.max(0.1, text.decay ** epoch);
}

/** Steps between two validations, each of which may save a checkpoint: a tenth of the run. [ours] */
export function damsmCheckpointEvery({ text }: Config): number {
  return Math.max(1, Math.ceil(text.steps / 10));
}

/**
 * One step as a pure function of the carry, the pairs, the embeddings' dropout and the step's scalars; `parts()` are what
 * the entries of its `health` stand for.
 */
export function damsmStep(config: Config, parameters: Parameter[]) {
  const learnt = trainableNames(parameters);
  const wordPairs = wordPairsOf(config);
  type Scalars = { m: Tensor; v: Tensor; learningRate: Tensor };

  let parts: string[] = [];

  function step(carry: Carry, pairs: PairTensors, dropout: Tensor, scalars: Scalars, frozen: State) {
    const { value, gradients, aux } = valueAndGradients((learning) => {
      const state = { ...carry.model, ...learning, ...frozen };
      const text = encodeText(config, state, pairs.tokens, pairs.mask, dropout); // words [N, L, D], sentence [N, D]
      const image = encodeImage(config, state, pairs.images, true); // regions [N, R, D], global [N, D]
      const { loss, report } = damsmLoss(config, text, pairs.mask, image, { classes: pairs.classes, wordPairs });
      const signals = { "text.lstm": text.sentence, ...image.signals };
      return [loss, { report, updates: image.updates, signals }];
    }, pick(carry.model, learnt));
    // Only the recurrent encoder is clipped: its gradients are the ones that explode. [authors]
    const ofText = entriesUnder(gradients, "text.");
    const clipped = { ...gradients, ...clipGradients(ofText, config.text.clip) };
    const { learningRate, m, v } = scalars;
    const next = adamStep(pick(carry.model, learnt), clipped, carry.moments, { learningRate, ...betas }, { m, v });
    const found = [
      ...signals("input", { pictures: pairs.images, dropout }),
      ...layerSignals("forward pass", aux.signals),
      ...signals("loss", { ...aux.report, "loss.damsm": value }),
      ...gradientSignals("gradients", gradients),
    ];
    parts = partsOf(found);
    const report: State = {
      ...aux.report,
      "loss.damsm": value,
      "gradient.text": gradientNorm(ofText),
      "gradient.damsm": gradientNorm(gradients),
      health: healthOf(found), // [S]
    };
    const model = { ...carry.model, ...aux.updates, ...next.parameters };
    return { carry: { model, moments: next.moments, ema: {} }, report };
  }
  return Object.assign(step, { parts: () => parts });
}

/** How many pairs of a batch the word loss looks at. */
export function wordPairsOf({ text: { batch, wordBatch } }: Config): number {
  return wordBatch > 0 ? Math.min(wordBatch, batch) : batch;
}

/**
 * Whether pre-training ends at a validation's step because the last `text.patience` of them found nothing better.
 *
 * It follows from the step and the best checkpoint alone, so a resumed run stops where the whole one does.
 */
export function outOfPatience(config: Config, step: number, best: Best | undefined): boolean {
  const { patience } = config.text;
  const every = damsmCheckpointEvery(config);
  return patience > 0 && best !== undefined && Math.floor(step / every) - Math.floor(best.step / every) >= patience;
}

/**
 * Trains encoder and tower from `start` to `config.text.steps`, or until validation is out of patience; it validates and
 * saves every tenth of the run.
 *
 * @throws UserError when a step's numbers are not all finite, naming the step and the part where it began.
 */
export async function trainDamsm(run: DamsmRun): Promise<TrainingEnd> {
  const { config, set, vocabulary, record, validate, signal, frozen = {} } = run;
  const { steps, embedding } = config.text;
  const checkpointEvery = damsmCheckpointEvery(config);
  const frames = set.split("train").length * set.frames;
  const feed = openFeed(set, vocabulary, { kind: "pairs", config }, run.start.step + 1);
  const whole = damsmStep(config, damsmParameters(config, vocabulary));
  const takeStep = jit(whole, { name: "train-damsm", donate: [0], fixed: true });
  const meter = startMeter(run.start.step, config.text.batch);
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
  let done = step >= steps || outOfPatience(config, step, best);

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
      const { batch, dropout: drawn } = await feed.next();
      const { N, L } = batch.shape;
      const pairs = uploadPairs(batch, set.size);
      const dropout = tf.tensor(drawn, [N, L, embedding]);
      const { m, v } = biasCorrection(step, betas.beta1, betas.beta2);
      const learningRate = damsmLearningRate(config, step, frames);
      const scalars = { m: tf.scalar(m), v: tf.scalar(v), learningRate: tf.scalar(learningRate) };

      const result = takeStep(carry, pairs, dropout, scalars, frozen);
      carry = result.carry;
      disposeTree([pairs, dropout, scalars]);

      await reports.next(step, result.report);
      record.tick(step);
      await giveWay();
      if (step % checkpointEvery !== 0 && step !== steps) continue;
      await reports.settle();
      await meter.aside(save);
      done = step === steps || outOfPatience(config, step, best);
    }
    await reports.settle();
    if (steps === 0) await save(); // an encoder of no steps at all is kept like any other: as it was drawn
    if (done) return { state: "finished", step, best };
    await record.save(step, carry, best);
    return { state: "interrupted", step, best };
  } finally {
    feed.close();
    disposeTree(carry);
    takeStep.dispose();
  }
}

/** A batch as tensors. */
export function uploadPairs({ images, tokens, mask, texts, shape: { N, L } }: CaptionBatch, size: number): PairTensors {
  const classes = Int32Array.from(texts, (text) => texts.indexOf(text));
  return {
    images: tf.tensor(images, [N, size, size, 3]),
    tokens: tf.tensor(tokens, [N, L], "int32"),
    mask: tf.tensor(mask, [N, L]),
    classes: tf.tensor(classes, [N], "int32"),
  };
}
