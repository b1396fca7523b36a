/** The smallest run that is still one: a configuration, a system of two numbers, and a recorder that keeps all in memory. */
import { type Config, resolveConfig } from "../../src/model/config.ts";
import { type State, tf, useEngine } from "../../src/engine/mod.ts";
import { constant, initialize, type Parameter } from "../../src/model/parameters.ts";
import type { System } from "../../src/model/contract.ts";
import { buildVocabulary, type Vocabulary } from "../../src/data/mod.ts";
import { storyEncoder } from "../../src/train/text.ts";
import { textParameters } from "../../src/model/text_encoder.ts";
import { type Carry, checkpointNames, digestState, readState, type Stored } from "../../src/train/checkpoint.ts";
import { freshCarry, type GanRun, trainGan } from "../../src/train/gan.ts";
import type { Best, Recorder, TrainingEnd } from "../../src/train/recorder.ts";
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
  "model.discriminatorWidth=4",
  "model.db.gSizes=[8]",
  "train.batch=2",
  "record.validation=4",
  "record.stories=2",
];

export const tinyConfig = (...overrides: string[]): Config => resolveConfig("tiny", [...narrow, ...overrides]);

/** Starts the fastest engine once; tests of this folder call it first. */
export const startEngine = () => useEngine("auto");

/**
 * A system whose generator paints every pixel with one learnt number and whose discriminator compares the mean pixel of a
 * frame with another: losses with known gradients, and a count of steps as its running statistic.
 */
export const toySystem: System = {
  name: "toy",
  parameters: (): Parameter[] => [
    constant("generator.paint", [1], 0.5),
    { ...constant("generator.steps", [1], 0), trainable: false },
    constant("discriminator.look", [1], 0.25),
  ],
  noise: (_config, stories) => ({
    z: { shape: [stories, 1], kind: "normal" },
    choice: { shape: [1], kind: "logistic" },
  }),
  discriminatorLoss(_config, state, { images }, noise) {
    const look = state["discriminator.look"]!;
    const error = tf.sub(look, tf.mean(images));
    const loss = tf.add(tf.sum(tf.square(error)), tf.mul(tf.sum(look), tf.mean(noise.z!)));
    return [loss, { report: { "accuracy.real": tf.mean(images) }, updates: {}, signals: {} }];
  },
  generatorLoss(_config, state, _batch, noise) {
    const error = tf.sub(state["generator.paint"]!, state["discriminator.look"]!);
    const loss = tf.add(tf.sum(tf.square(error)), tf.mul(tf.sum(error), tf.mean(noise.choice!)));
    return [loss, { report: {}, updates: { "generator.steps": tf.add(state["generator.steps"]!, 1) }, signals: {} }];
  },
  generate(_config, state, { sentences }) {
    const [B, T] = sentences.shape as [number, number];
    return { images: tf.mul(tf.ones([B, T, 64, 64, 3]), state["generator.paint"]!), selectors: {}, updates: {} };
  },
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
    async save(step: number, carry: Carry, best: Best | undefined) {
      kept.last = await readState(checkpointNames(carry));
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

/** Trains a system on the tiny set with an encoder as drawn; parts of the run may be replaced. */
export async function trainTiny(system: System, config: Config, parts: Partial<GanRun> = {}): Promise<TrainingEnd> {
  const vocabulary = await tinyVocabulary();
  const encoder: State = initialize(textParameters(config, vocabulary.words.length), 1);
  try {
    return await trainGan({
      system,
      config,
      set: await tinyStorySet(),
      vocabulary,
      encoder,
      encode: storyEncoder(config),
      start: { step: 0, carry: freshCarry(system, config), best: undefined },
      record: memoryRecorder().record,
      validate: () => Promise.resolve({ values: {}, score: 0 }),
      ...parts,
    });
  } finally {
    tf.dispose(encoder);
  }
}
