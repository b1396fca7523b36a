/** The smallest run that is still one: a configuration, a system of two numbers, and a recorder that keeps all in memory. */
import type { SharedConfig } from "../../src/base/config.ts";
import { buildVocabulary, type Vocabulary } from "../../src/data/mod.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import { type Config, resolveConfig } from "../../src/model/config.ts";
import type { DataShape, StorySystem, Trainable } from "../../src/model/contract.ts";
import { constant, type Parameter } from "../../src/model/parameters.ts";
import { ours } from "../../src/model/systems/ours/mod.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { dataShape, targetsRead } from "../../src/runs/workplace.ts";
import { checkpointNames, digestState, readState, type Stored } from "../../src/train/checkpoint.ts";
import { conditioner } from "../../src/train/inputs.ts";
import { train, type TrainingRun } from "../../src/train/loop.ts";
import type { Best, Recorder, TrainingEnd } from "../../src/train/recorder.ts";
import { initialState, type TrainState } from "../../src/train/state.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";

/** Overrides of the narrowest networks; what a test then sets comes after them. */
export const narrow = [
  "data.words=4",
  "text.width=8",
  "text.embedding=8",
  "text.towerWidth=4",
  "text.steps=4",
  "text.batch=4",
  "model.noise=4",
  "model.storyCode=4",
  "model.generatorWidth=16",
  "model.generatorFloor=0",
  "model.discriminatorWidth=4",
  "model.db.gSizes=[8]",
  "train.batch=2",
  "record.validation=4",
  "record.stories=2",
];

/** A narrow configuration of the paper's system. */
export const tinyConfig = (...overrides: string[]): Config & OursConfig =>
  resolveConfig("tiny", [...narrow, ...overrides]) as Config & OursConfig;

/** Starts the fastest engine once; tests of this folder call it first. */
export const startEngine = () => useEngine("auto");

/** Two stories of five frames, as the shapes of a tiny run want them. */
export const tinyShape: DataShape = { stories: 12, frames: 5, size: 64, words: 8, targets: ["cat", "dog"] };

/**
 * A system whose generator paints every pixel with one trained number and whose discriminator compares the mean pixel of a
 * frame with another: losses with known gradients, and a count of steps as its running statistic.
 */
export const toySystem: StorySystem<OursConfig> = {
  name: "toy",
  title: "Toy",
  settings: { sections: {}, presets: {} },
  schedule: ours.schedule,
  parameters: (): Parameter[] => [
    constant("generator.paint", [1], 0.5),
    { ...constant("generator.steps", [1], 0), trainable: false },
    constant("discriminator.look", [1], 0.25),
  ],
  loaders: ours.loaders,
  noise: ({ train: { batch } }) => ({
    z: { shape: [batch, 1], kind: "normal" },
    choice: { shape: [1], kind: "logistic" },
  }),
  updates: ({ train: { learningRateD, learningRateG, beta1, beta2 } }) => [
    {
      name: "d",
      trains: ["discriminator."],
      optimiser: { rate: learningRateD, beta1, beta2 },
      loss(state, { stories }, noise) {
        const look = state["discriminator.look"]!;
        const error = tf.sub(look, tf.mean(stories!.images!));
        const loss = tf.add(tf.sum(tf.square(error)), tf.mul(tf.sum(look), tf.mean(noise.z!)));
        return [loss, { report: { "accuracy.real": tf.mean(stories!.images!) }, updates: {}, signals: {} }];
      },
    },
    {
      name: "g",
      trains: ["generator."],
      optimiser: { rate: learningRateG, beta1, beta2 },
      loss(state, _inputs, noise) {
        const error = tf.sub(state["generator.paint"]!, state["discriminator.look"]!);
        const loss = tf.add(tf.sum(tf.square(error)), tf.mul(tf.sum(error), tf.mean(noise.choice!)));
        const updates = { "generator.steps": tf.add(state["generator.steps"]!, 1) };
        return [loss, { report: {}, updates, signals: {} }];
      },
    },
  ],
  average: ours.average!,
  latents: () => ({}),
  generate(_config, state, { mask }) {
    const [B, T] = mask!.shape as [number, number];
    return { images: tf.mul(tf.ones([B, T, 64, 64, 3]), state["generator.paint"]!), selectors: {}, updates: {} };
  },
  architecture: () => ({ inputs: [], parts: [] }),
};

/** What a loop reported. */
export interface Kept {
  metrics: { step: number; values: Record<string, number> }[];
  timing: { step: number; values: Record<string, number> }[];
  samples: number[];
  /** Digest of the state by step. */
  saved: Record<number, string>;
  last: Stored;
  best: Best | undefined;
}

export function memoryRecorder(onTick: (step: number) => void = () => {}): { kept: Kept; record: Recorder } {
  const kept: Kept = { metrics: [], timing: [], samples: [], saved: {}, last: {}, best: undefined };
  const record: Recorder = {
    metrics: (step, values) => void kept.metrics.push({ step, values }),
    timing: (step, values) => void kept.timing.push({ step, values }),
    tick: onTick,
    sample: (step) => Promise.resolve(void kept.samples.push(step)),
    async save(step: number, state: TrainState, best: Best | undefined) {
      kept.last = await readState(checkpointNames(state));
      kept.saved[step] = digestState(kept.last);
      kept.best = best;
    },
  };
  return { kept, record };
}

export async function tinyVocabulary(): Promise<Vocabulary> {
  const set = await tinyStorySet();
  return buildVocabulary(set.split("train").flatMap((s) => s.frames.flatMap((f) => f.captions.map((c) => c.text))));
}

/** Trains on the tiny set, with frozen tensors as they are initialised; parts of the run may be replaced. */
export async function trainTiny(
  trainable: Trainable,
  config: SharedConfig,
  parts: Partial<TrainingRun> = {},
): Promise<TrainingEnd> {
  const vocabulary = await tinyVocabulary();
  const set = await tinyStorySet();
  const data = dataShape(set, vocabulary, targetsRead(trainable, config as Config, set));
  const condition = conditioner(trainable, config);
  try {
    return await train({
      trainable,
      config,
      data,
      set,
      vocabulary,
      frozen: {},
      condition,
      start: parts.start ?? { step: 0, state: initialState(trainable, config, data), best: undefined },
      record: memoryRecorder().record,
      validate: () => Promise.resolve({ values: {}, score: 0 }),
      ...parts,
    });
  } finally {
    condition.dispose();
  }
}
