/**
 * The inputs of both sides of the bench, as two files in a folder: `inputs.json` (configuration, names, noise) and
 * `inputs.safetensors` with weights, one batch and its noise under `model/`, `frozen/`, `ema/`, `moments/`, `batch/` and
 * `noise/`.
 *
 * Pictures and text vectors are random: the time of a step does not depend on their values.
 */
import { join } from "node:path";
import { type Config, validateConfig } from "../../src/model/config.ts";
import { readJson, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { encodeSafetensors } from "../../src/formats/safetensors.ts";
import { disposeTree, type State } from "../../src/engine/mod.ts";
import type { DataShape } from "../../src/model/contract.ts";
import { imageEncoderParameters } from "../../src/model/damsm/image_encoder.ts";
import { initialize, type Parameter, trainableNames } from "../../src/model/parameters.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { usesImageEncoder } from "../../src/model/systems/ours/image_losses.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { readCheckpoint, readState, type Stored, uploadStored } from "../../src/train/checkpoint.ts";
import type { NoiseSpec } from "../../src/data/batches/noise.ts";
import { zeroMoments } from "../../src/train/adam.ts";
import { sampleNoise } from "../../src/train/inputs.ts";
import { entriesUnder, mapNames } from "../../src/train/named.ts";
import { stateShapes, type TrainState } from "../../src/train/state.ts";

/** Shape of the random data. Training split and vocabulary are empty, because the batch is given, with its text encoded. */
export const benchData: DataShape = {
  stories: 0,
  frames: 5,
  size: 64,
  words: 0,
  targets: Array.from({ length: 65 }, (_, k) => `target ${k + 1}`), // as many as `clipart` has
};

/** The content of `inputs.json`, from which the Python side builds the model. */
interface Header {
  config: Config;
  /** Names of the trainable parameters. */
  trainable: string[];
  /** The random inputs of a step. */
  draws: NoiseSpec;
  /** Number of the first step. */
  step: number;
}

/** The inputs as tensors of the engine in use. */
export interface Inputs extends Header {
  state: TrainState;
  /** The image encoder, if the loss uses it. */
  frozen: State;
  /** Of the loader `stories`: `images`, `words`, `sentences`, `mask` and `targets`. */
  batch: State;
  noise: State;
}

/**
 * Writes the inputs; an engine must be in use.
 *
 * @param stories of the batch; generation uses one, which is too few for a training configuration
 * @param perturbed makes gradients comparable, see {@link perturb}. Adam's second moments are then random, and the first
 *   ones zero, so that after a step they are 1 − β₁ times the gradient.
 */
export async function writeInputs(
  folder: string,
  config: Config & OursConfig,
  { stories = config.train.batch, perturbed = false } = {},
): Promise<void> {
  const system = systemByName(config.system);
  const [B, T, L, D] = [stories, benchData.frames, config.data.words, config.text.width];
  const K = benchData.targets.length;
  const parameters = system.parameters(config, benchData);
  const trainable = trainableNames(parameters);
  const draws = system.noise({ ...config, train: { ...config.train, batch: stories } }, benchData);
  const header: Header = { config, trainable, draws, step: perturbed ? 10 : 1 };
  const normals = (name: string, shape: number[]) =>
    f32(shape, random(config.seed, "bench", name).normals(size(shape)));

  const start = async (declared: Parameter[]): Promise<Stored> => {
    const state = initialize(declared, config.seed);
    const stored = await readState(state);
    disposeTree(state);
    if (perturbed) {
      for (const [name, tensor] of Object.entries(stored)) perturb(name, tensor, normals(name, tensor.shape).data);
    }
    return stored;
  };
  const model = await start(parameters);
  const frozen = await start(usesImageEncoder(config) ? imageEncoderParameters(config, benchData.targets) : []);
  const ema = config.train.ema > 0 ? entriesUnder(model, "generator.") : {};
  const moments: Stored = {};
  for (const { name, shape } of perturbed ? parameters.filter(({ trainable }) => trainable) : []) {
    moments[`${name}.m`] = f32(shape, new Float32Array(size(shape)));
    moments[`${name}.v`] = f32(shape, normals(name, shape).data.map((x) => 1e-4 * (0.1 + x * x)));
  }
  const mask = captionMask([B, T, L]);
  const words = normals("words", [B, T, L, D]);
  const sentences = normals("sentences", [B, T, D]);
  const images = normals("images", [B, T, benchData.size, benchData.size, 3]);
  const batch = {
    images: f32(images.shape, images.data.map((x) => Math.tanh(perturbed ? 0.7 + 0.2 * x : x))),
    // As large as the states of a bi-LSTM, which are in [-1, 1].
    words: f32(words.shape, words.data.map((x, i) => 0.3 * x * mask.data[Math.floor(i / D)]!)),
    sentences: f32(sentences.shape, sentences.data.map((x) => 0.3 * x)),
    mask,
    targets: f32([B, T, K], normals("targets", [B, T, K]).data.map((x) => x > 1 ? 1 : 0)),
  };
  const sampled = sampleNoise(draws, config.seed, "noise", header.step);
  const noise = await readState(sampled);
  disposeTree(sampled);

  const parts = { model, frozen, ema, moments, batch, noise };
  const all = Object.entries(parts).flatMap(([part, tensors]) =>
    Object.entries(tensors).map(([name, tensor]) => [`${part}/${name}`, tensor] as const)
  );
  Deno.writeFileSync(join(folder, "inputs.safetensors"), encodeSafetensors(Object.fromEntries(all)));
  writeAtomic(join(folder, "inputs.json"), JSON.stringify(header));
}

/** The configuration of the inputs. */
export function readConfig(folder: string): Config {
  return validateConfig(readHeader(folder).config);
}

const readHeader = (folder: string) => readJson<Header>(join(folder, "inputs.json"));

/** Reads the inputs and uploads them to the engine in use. */
export function readInputs(folder: string): Inputs {
  const header = readHeader(folder);
  const config = validateConfig(header.config);
  const { stored } = readCheckpoint(join(folder, "inputs.safetensors"));
  // In the order of a run's train state, so that the compiled step is the same program.
  const shapes = stateShapes(systemByName(config.system), config, benchData);
  const inOrder = (part: keyof TrainState): State =>
    uploadStored(Object.fromEntries(Object.keys(shapes[part]).map((name) => [name, stored[`${part}/${name}`]!])));
  const rest = (part: string): State =>
    uploadStored(mapNames(entriesUnder(stored, `${part}/`), (name) => name.slice(part.length + 1)));
  const trained = Object.fromEntries(header.trainable.map((name) => [name, { shape: shapes.model[name]! }]));
  const moments = header.step > 1 ? inOrder("moments") : zeroMoments(trained);
  return {
    ...header,
    config,
    state: { model: inOrder("model"), moments, ema: inOrder("ema") },
    frozen: rest("frozen"),
    batch: batchOf(rest("batch")),
    noise: rest("noise"),
  };
}

/** The part of the inputs that generation needs: the generator and the captions. */
export function readGenerationInputs(folder: string): { config: Config; weights: State; condition: State } {
  const header = readHeader(folder);
  const { stored } = readCheckpoint(join(folder, "inputs.safetensors"));
  const part = (prefix: string, cut: number): State =>
    uploadStored(mapNames(entriesUnder(stored, prefix), (name) => name.slice(cut)));
  const { images, ...condition } = batchOf(part("batch/", "batch/".length));
  images!.dispose();
  return { config: validateConfig(header.config), weights: part("model/generator.", "model/".length), condition };
}

/** In the order of the training loop, so that the compiled step is the same program. */
function batchOf({ images, words, sentences, mask, targets }: State): State {
  return { images: images!, words: words!, sentences: sentences!, mask: mask!, targets: targets! };
}

/** A tensor of a file. */
function f32(shape: number[], data: Float32Array<ArrayBuffer>) {
  return { dtype: "F32" as const, shape, data };
}

/**
 * Changes the initial values of a tensor for a comparison of gradients.
 *
 * Small normal noise is added to zeros and ones. Almost no activation may be close to the kink of a (leaky) ReLU, where
 * rounding selects the slope: one different slope among a million activations changes a gradient by percents. BatchNorm's
 * offsets therefore become ±5, and γ small, for it multiplies what is added to such activations before the next kink.
 * The first convolution has no BatchNorm, so the generated frames become light and each channel of its kernel gets
 * mostly one sign. Both slopes still occur.
 */
function perturb(name: string, { data, shape }: Stored[string], normals: Float32Array): void {
  const [first, channels, inputs] = [Number(data[0]), shape.at(-1) ?? 1, shape.at(-2) ?? 1];
  const move = name.endsWith(".bn.offset")
    ? (i: number) => 5 * Math.sign(normals[i]!)
    : name.endsWith(".gamma")
    ? () => 0.03 - first
    : name === "generator.image.kernel"
    ? () => 1 / (9 * inputs)
    : name === "discriminator.conv1.kernel"
    ? (i: number) => 0.05 * Math.sign(normals[i % channels]!)
    : data.every((x) => Number(x) === first)
    ? (i: number) => 0.02 * (first > 0 ? Math.abs(normals[i]!) : normals[i]!)
    : undefined;
  if (move) { for (let i = 0; i < data.length; i++) data[i] = Number(data[i]) + move(i); }
}

/** A mask of captions of different lengths, at least a third of L words: [B, T, L], 1 for a word. */
function captionMask([B, T, L]: [number, number, number]) {
  const isWord = (i: number) => i % L < L - (Math.floor(i / L) * 7) % Math.ceil(2 * L / 3) ? 1 : 0;
  return f32([B, T, L], Float32Array.from({ length: B * T * L }, (_, i) => isWord(i)));
}

function size(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
