/** A model small enough for tfjs's plain JavaScript engine, and random stories for it. */
import { type Config, resolveConfig } from "../../src/model/config.ts";
import { random } from "../../src/base/random.ts";
import { type State, type Tensor, tf, useEngine } from "../../src/engine/mod.ts";
import { openNet } from "../../src/model/net.ts";
import { initialize, type Parameter } from "../../src/model/parameters.ts";
import type { NoiseSpec } from "../../src/data/batches/noise.ts";
import type { DataShape, Loss } from "../../src/model/contract.ts";
import type { Text } from "../../src/model/systems/ours/condition.ts";
import { ours } from "../../src/model/systems/ours/mod.ts";
import { type OursConfig, oursSettings } from "../../src/model/systems/ours/settings.ts";

await useEngine("cpu");

/** A configuration of the paper's system. */
export const resolveOurs = (preset: string, overrides: string[] = []) =>
  resolveConfig(preset, overrides) as Config & OursConfig;

/** What the paper's system was before the keys of `before` in its settings existed. */
export const asBefore = Object.entries(oursSettings.before).map(([key, value]) => `${key}=${value}`);

/** Widths of a few channels, one dynamic block in each network. */
export function smallestConfig(...overrides: string[]): Config & OursConfig {
  return resolveOurs("tiny", [
    "model.generatorWidth=32",
    "model.discriminatorWidth=4",
    "model.noise=3",
    "model.storyCode=4",
    "text.width=8",
    "text.embedding=6",
    "text.towerWidth=2",
    "model.db.gSizes=[8]",
    "model.db.dSizes=[8]",
    // As in `paper`; tests that want another choice make it.
    "model.noisePer=frame",
    "model.db.tau=1",
    "loss.kl=1",
    "loss.damsm=0",
    "model.storyInput=false",
    "model.generatorFloor=0",
    "loss.perceptual=0",
    "loss.objects=0",
    "loss.encoderObjects=0",
    "text.objects=0",
    "loss.jitter=0",
    "loss.objectsFrom=real",
    "loss.augment=0",
    "train.decay=none",
    "train.batch=2",
    ...overrides,
  ]);
}

/** A data set of stories of `frames` frames, with three targets. */
export const shapeOf = (frames: number): DataShape => (
  { stories: 2, frames, size: 64, words: 9, targets: ["cat", "dog", "sky=rainy"] }
);

/** The losses of the discriminator (d) and the generator (g) over a batch of stories, with the names of their updates. */
export function lossesOf(config: OursConfig) {
  const loss = (name: string) => {
    const update = ours.updates(config, shapeOf(2)).find((update) => update.name === name)!;
    return (state: State, stories: State, noise: State, weights: State = {}): Loss =>
      update.loss(state, { stories }, noise, weights);
  };
  return { d: loss("d"), g: loss("g") };
}

/** Standard normals of a shape. */
export function normals(shape: number[], ...path: (string | number)[]): Tensor {
  return tf.tensor(random(7, ...path).normals(shape.reduce((a, b) => a * b, 1)), shape);
}

/** Uniforms in (−1, 1) of a shape. */
export function uniforms(shape: number[], ...path: (string | number)[]): Tensor {
  return tf.tensor(random(7, ...path).uniforms(shape.reduce((a, b) => a * b, 1)).map((u) => 2 * u - 1), shape);
}

/** Standard logistics of a shape. */
export function logistics(shape: number[], ...path: (string | number)[]): Tensor {
  const uniform = random(7, ...path).uniforms(shape.reduce((a, b) => a * b, 1));
  return tf.tensor(uniform.map((u) => Math.log(u) - Math.log1p(-u)), shape);
}

const kinds = { normal: normals, logistic: logistics, uniform: uniforms };

/** All random inputs of a system. */
export function drawAll(draws: NoiseSpec): State {
  return Object.fromEntries(
    Object.entries(draws).map(([name, { shape, kind }]) => {
      if (kind === "dropout") throw new Error(`"${name}" is a dropout mask, which no GAN draws`);
      return [name, kinds[kind](shape, name)];
    }),
  );
}

/** Captions of 1 to `length` words, padded with zeros. */
export function randomText(config: OursConfig, stories: number, frames: number, length: number): Text & State {
  const mask = tf.tensor(
    Array.from({ length: stories * frames }, (_, i) => Array.from({ length }, (_, l) => l <= i % length ? 1 : 0))
      .flat(),
    [stories, frames, length],
  );
  const width = config.text.width;
  const words = tf.mul(normals([stories, frames, length, width], "words"), mask.expandDims(3));
  const text = { words, sentences: normals([stories, frames, width], "sentences"), mask };
  const { labels } = config.data;
  return labels > 0 ? { ...text, labels: tf.step(normals([stories, frames, labels], "labels")) } : text;
}

/** Frames with the targets of {@link shapeOf}, and the captions of {@link randomText}. */
export function randomBatch(
  config: OursConfig,
  stories: number,
  frames: number,
  length: number,
): Text & State & { images: Tensor; targets: Tensor } {
  const images = tf.tanh(normals([stories, frames, 64, 64, 3], "images"));
  const targets = tf.step(normals([stories, frames, shapeOf(frames).targets.length], "targets"));
  return { images, targets, ...randomText(config, stories, frames, length) };
}

/**
 * A state away from the start values: larger kernels, which make the loss smoother, unless they start from unit variance,
 * γ off 0, where it would hide its block, and running statistics as after some training.
 */
export function livelyState(parameters: Parameter[]): State {
  const state = initialize(parameters, 1);
  const small = new Set(
    parameters.filter(({ init }) => init.kind === "normal" && init.std <= 0.02).map(({ name }) => name),
  );
  for (const [name, value] of Object.entries(state)) {
    const grows = small.has(name) && /\.(kernel|words)$/.test(name);
    if (grows) state[name] = tf.mul(value, name.startsWith("generator.") ? 6 : 15);
    if (name.endsWith(".gamma")) state[name] = tf.scalar(0.3);
    if (name.endsWith(".mean")) state[name] = tf.mul(normals(value.shape, name), 0.1);
    if (name.endsWith(".variance")) state[name] = tf.add(tf.square(normals(value.shape, name)), 0.5);
  }
  return state;
}

/** A forward pass over freshly initialised parameters. */
export function freshNet(parameters: Parameter[], training: boolean) {
  return openNet(initialize(parameters, 1), training);
}

export function valuesOf(tensor: Tensor): number[] {
  return [...tensor.dataSync()];
}

/** The one value of a scalar. */
export function scalarOf(tensor: Tensor): number {
  return tensor.dataSync()[0]!;
}

/** Largest absolute difference of two tensors of the same shape; NaN where one of them holds a NaN. */
export function maxDifference(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) throw new Error(`Shapes differ: ${a.shape} and ${b.shape}`);
  const [left, right] = [valuesOf(a), valuesOf(b)];
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0);
}
