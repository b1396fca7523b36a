/**
 * Pre-training of the text encoder by DAMSM (Xu et al., 2018): an image tower and the encoder learn together which
 * caption belongs to which picture. Afterwards the encoder is frozen; the tower stays as the measure of validation.
 */
import type { Config } from "../base/config.ts";
import { type Batch, type CaptionBatch, storyBatch } from "../data/batches.ts";
import { openFeed } from "../data/feed.ts";
import type { StorySet } from "../data/stories.ts";
import type { Vocabulary } from "../data/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf, valueAndGradients } from "../engine/mod.ts";
import { cosines, damsmLoss, encodeImage, towerParameters } from "../model/damsm.ts";
import { initialize, type Parameter, trainableNames } from "../model/parameters.ts";
import { encodeText, textParameters } from "../model/text_encoder.ts";
import { adamStep, biasCorrection, clipGradients, gradientNorm, zeroMoments } from "./adam.ts";
import type { Carry } from "./checkpoint.ts";
import { checkHealth, gradientSignals, healthOf, layerSignals, partsOf, signals } from "./health.ts";
import { startMeter } from "./meter.ts";
import { giveWay } from "./pause.ts";
import type { Recorder, TrainingEnd, TrainingStart, Validation } from "./recorder.ts";
import { lateReports } from "./report.ts";
import { entriesUnder, pick } from "./state.ts";

/** All that pre-training needs; its carry has no moving average. */
export interface DamsmRun {
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  /** Its carry is used up. */
  start: TrainingStart;
  record: Recorder;
  /** Ends the run after the step under way. */
  signal?: AbortSignal;
}

const betas = { beta1: 0.5, beta2: 0.999 }; // [authors]

/** Pictures and captions as tensors. */
type Pairs = { images: Tensor /* [N, 64, 64, 3] */; tokens: Tensor /* [N, L] */; mask: Tensor /* [N, L] */ };

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

/** The carry of the start. */
export function freshDamsmCarry(config: Config, vocabulary: Vocabulary): Carry {
  const parameters = damsmParameters(config, vocabulary);
  return {
    model: initialize(parameters, config.seed),
    moments: zeroMoments(Object.fromEntries(parameters.filter((p) => p.trainable).map((p) => [p.name, p]))),
    ema: {},
  };
}

/**
 * The learning rate of step `step`: times 0.98 with every pass over the training frames, down to a tenth. [authors; the
 * floor is ours]
 */
export function damsmLearningRate({ text }: Config, step: number, frames: number): number {
  const epoch = Math.floor(((step - 1) * text.batch) / frames);
  return text.learningRate * Math.max(0.1, 0.98 ** epoch);
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
  type Scalars = { m: Tensor; v: Tensor; learningRate: Tensor };

  let parts: string[] = [];

  function step(carry: Carry, pairs: Pairs, dropout: Tensor, scalars: Scalars) {
    const { value, gradients, aux } = valueAndGradients((learning) => {
      const state = { ...carry.model, ...learning };
      const text = encodeText(config, state, pairs.tokens, pairs.mask, dropout); // words [N, L, D], sentence [N, D]
      const image = encodeImage(config, state, pairs.images, true); // regions [N, R, D], global [N, D]
      const { loss, report } = damsmLoss(config, text, pairs.mask, image);
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

/**
 * Trains encoder and tower from `start` to `config.text.steps`, validating and saving every tenth of the run.
 *
 * @throws UserError when a step's numbers are not all finite, naming the step and the part where it began.
 */
export async function trainDamsm(run: DamsmRun): Promise<TrainingEnd> {
  const { config, set, vocabulary, record, signal } = run;
  const { steps, embedding } = config.text;
  const checkpointEvery = damsmCheckpointEvery(config);
  const frames = set.split("train").length * set.frames;
  const feed = openFeed(set, vocabulary, { kind: "pairs", config }, run.start.step + 1);
  const whole = damsmStep(config, damsmParameters(config, vocabulary));
  const takeStep = jit(whole, { name: "train-damsm", donate: [0], fixed: true });
  const validate = damsmValidation(config, set, vocabulary);
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

  async function save(): Promise<void> {
    const { values, score } = await validate(carry.model);
    record.metrics(step, values);
    if (!best || score < best.score) best = { step, score };
    await record.save(step, carry, best);
    saved = step;
  }

  try {
    while (step < steps && !signal?.aborted) {
      step++;
      const { batch, dropout: drawn } = await feed.next();
      const { N, L } = batch.shape;
      const pairs = upload(batch, set.size);
      const dropout = tf.tensor(drawn, [N, L, embedding]);
      const { m, v } = biasCorrection(step, betas.beta1, betas.beta2);
      const learningRate = damsmLearningRate(config, step, frames);
      const scalars = { m: tf.scalar(m), v: tf.scalar(v), learningRate: tf.scalar(learningRate) };

      const result = takeStep(carry, pairs, dropout, scalars);
      carry = result.carry;
      disposeTree([pairs, dropout, scalars]);

      await reports.next(step, result.report);
      record.tick(step);
      await giveWay();
      if (step % checkpointEvery !== 0 || step === steps) continue;
      await reports.settle();
      await meter.aside(save);
    }
    await reports.settle();
    if (step < steps) {
      await record.save(step, carry, best);
      return { state: "interrupted", step, best };
    }
    // An encoder of no steps at all is kept like any other: as it was drawn.
    if (run.start.step < steps || steps === 0) await save();
    return { state: "finished", step, best };
  } finally {
    feed.close();
    disposeTree(carry);
    takeStep.dispose();
  }
}

/** Most pairs that validation ranks against each other. */
const ranked = 100;

/**
 * Compiles validation: the loss on fixed pairs of the val split, and how often a picture ranks its own sentence first.
 *
 * One frame a story, its fixed caption. Pairs go in batches of the training's size, as the loss depends on it; the last
 * batch is filled up from the front, and only whole ones count for the loss.
 */
export function damsmValidation(
  config: Config,
  set: StorySet,
  vocabulary: Vocabulary,
): (state: State) => Promise<Validation> {
  const stories = set.split("val").slice(0, ranked);
  const n = stories.length;
  const size = Math.min(config.text.batch, n);
  const judge = jit((state: State, pairs: Pairs) => {
    const text = encodeText(config, state, pairs.tokens, pairs.mask);
    const image = encodeImage(config, state, pairs.images, false);
    const { loss } = damsmLoss(config, text, pairs.mask, image);
    return { loss, global: image.global, sentence: text.sentence };
  }, { name: "validate-damsm" });

  return async (state) => {
    const losses: number[] = [];
    const [globals, sentences]: [Tensor[], Tensor[]] = [[], []];
    for (let start = 0; start < n; start += size) {
      const chosen = Array.from({ length: size }, (_, i) => stories[(start + i) % n]!);
      const batch = storyBatch(set, vocabulary, config, chosen);
      const pairs = upload(oneFrameEach(batch, chosen.map(({ index }) => index % set.frames), set.size), set.size);
      const { loss, global, sentence } = judge(state, pairs);
      if (start + size <= n) losses.push((await loss.data())[0]!);
      globals.push(global);
      sentences.push(sentence);
      disposeTree([pairs, loss]);
    }
    const table = tf.tidy(() => cosines(tf.concat(globals), tf.concat(sentences))); // [≥ n, ≥ n]
    const width = table.shape[1]!;
    const values = await table.data();
    disposeTree([table, ...globals, ...sentences]);
    const first = stories.filter((_, i) => {
      const row = Array.from(values.subarray(i * width, i * width + n));
      return row[i]! >= Math.max(...row);
    }).length;
    const loss = losses.reduce((a, b) => a + b, 0) / losses.length;
    return { values: { "loss.damsm.val": loss, [`top1[of ${n}].val`]: first / n }, score: loss };
  };
}

function upload({ images, tokens, mask, shape: { N, L } }: Omit<CaptionBatch, "frames">, size: number): Pairs {
  return {
    images: tf.tensor(images, [N, size, size, 3]),
    tokens: tf.tensor(tokens, [N, L], "int32"),
    mask: tf.tensor(mask, [N, L]),
  };
}

/** Of the b-th story of a batch, frame `chosen[b]`. */
function oneFrameEach(
  { images, tokens, mask, shape: { B, T, L } }: Batch,
  chosen: number[],
  size: number,
): Omit<CaptionBatch, "frames"> {
  const pixels = size * size * 3;
  const out = {
    images: new Float32Array(B * pixels),
    tokens: new Int32Array(B * L),
    mask: new Float32Array(B * L),
    shape: { N: B, L },
  };
  for (let b = 0; b < B; b++) {
    const row = b * T + chosen[b]!;
    out.images.set(images.subarray(row * pixels, (row + 1) * pixels), b * pixels);
    out.tokens.set(tokens.subarray(row * L, (row + 1) * L), b * L);
    out.mask.set(mask.subarray(row * L, (row + 1) * L), b * L);
  }
  return out;
}
