/**
 * A story traced through the networks of a run, as plain numbers: for notebooks and figures.
 *
 * The generator generates the story from its captions, the discriminator classifies the result; of every block there
 * are shape, number of trainable parameters and feature strength, of every dynamic block its selection and attention.
 */
import { fail } from "../../base/errors.ts";
import { fixedCaptions, fixedPictures, storyBatch } from "../../data/batches/stories.ts";
import type { Story, StorySet } from "../../data/store/stories.ts";
import { tokenize, type Vocabulary } from "../../data/store/vocabulary.ts";
import { disposeTree, type State, type Tensor, tf, type Tree } from "../../engine/mod.ts";
import type { Config } from "../../model/config.ts";
import type { Block, Selection, StoryTrace, Trace } from "../../model/contract.ts";
import { initialize } from "../../model/parameters.ts";
import { systemByName } from "../../model/systems/mod.ts";
import { provideEncoder } from "../../runs/encoder.ts";
import { findTrained } from "../../runs/find.ts";
import { stretched } from "../../runs/sampling/attention_maps.ts";
import { readSampledCheckpoint } from "../../runs/sampling/checkpoint.ts";
import { conditionBatch, framesAsBytes } from "../../runs/sampling/generate.ts";
import type { SampledModel } from "../../runs/sampling/model.ts";
import { readEncoder, readStoredEncoder } from "../../runs/stored_encoder.ts";
import { dataShape, openWorkplace, type RunOptions, targetsRead } from "../../runs/workplace.ts";
import type { CheckpointName } from "../../records/checkpoints.ts";
import { conditioner, sampleNoise } from "../../train/inputs.ts";
import { checkpointPath } from "../../records/checkpoints.ts";

/** All networks and the text encoder, on the engine; the caller disposes of `state` and `encoder`. */
export interface Model {
  config: Config;
  vocabulary: Vocabulary;
  /** Every tensor of the system, with the moving average where there is one. */
  state: State;
  encoder: State;
  /** Training steps; 0 for initial values. */
  step: number;
}

/** The networks of a run; an engine must run. @throws UserError as {@link readSampledCheckpoint} does. */
export function trainedModel(folder: string, checkpoint?: CheckpointName): Model {
  const { config, step, upload, uploadRest } = readSampledCheckpoint(folder, checkpoint);
  return { config, step, ...readEncoder(folder, config), state: { ...upload(), ...uploadRest() } };
}

/** Networks as they are initialised, with the text encoder of a pre-training run. */
export function initialModel(config: Config, encoderRun: string, set: StorySet): Model {
  const { encoder, vocabulary } = readStoredEncoder(checkpointPath(encoderRun, "best"), config);
  const system = systemByName(config.system);
  const parameters = system.parameters(config, dataShape(set, vocabulary, targetsRead(system, config, set)));
  return { config, step: 0, encoder, vocabulary, state: initialize(parameters, config.seed) };
}

/** A trained generator with a discriminator as it is initialised. */
export function completedModel({ config, step, vocabulary, upload }: SampledModel, set: StorySet): Model {
  const { weights, encoder } = upload();
  const system = systemByName(config.system);
  const rest = system.parameters(config, dataShape(set, vocabulary, targetsRead(system, config, set)))
    .filter(({ name }) => !(name in weights));
  return { config, step, encoder, vocabulary, state: { ...weights, ...initialize(rest, config.seed) } };
}

/**
 * Networks to trace: those of the latest finished run of a configuration; or else a given generator with an initial
 * discriminator; or else initial ones, with a text encoder that is pre-trained now if no run has it.
 *
 * @param options `shipped`: a generator with its text encoder, see `shippedFor`
 * @returns also the set, and the folder of the run; no folder where the discriminator is untrained.
 */
export async function provideModel(
  config: Config,
  options: RunOptions & { shipped?: SampledModel | undefined } = {},
): Promise<{ model: Model; set: StorySet; run?: string }> {
  const place = await openWorkplace(config, options);
  const { root, set } = place;
  const run = findTrained(root, place.config, set.digest);
  if (run !== undefined) return { model: trainedModel(run), set, run };
  if (options.shipped) return { model: completedModel(options.shipped, set), set };
  const encoder = await provideEncoder(place);
  if (encoder.end.state === "interrupted") {
    fail("Pre-training was stopped before there was a text encoder; run it again.");
  }
  return { model: initialModel(config, encoder.folder, set), set };
}

/** The output of a block. */
export interface BlockRow {
  block: string;
  /** Of the output for all frames of the story. */
  shape: number[];
  /** Trainable parameters. */
  parameters: number;
  /** For each frame the strength of its features, scaled to 0…1 [H·W]; only of feature maps. */
  maps?: number[][];
}

/** What a dynamic block selected for each frame of the story, and its attention. */
export interface SelectionRow {
  block: string;
  /** H and W of its feature map. */
  size: number;
  /** Selection weights w = σ(u) [T]; inference takes self-attention where w > ½. */
  w?: number[];
  /** For each frame and word the attention weight of each position [T][words][H·W]. */
  words?: number[][][];
  /** For each frame the attention weights of each position over all positions, row by row [T][H·W·H·W]. */
  self?: Float32Array[];
}

/** What {@link traceStory} returns. */
export interface TracedStory {
  captions: string[];
  /** The words of each caption that the model was given. */
  words: string[][];
  /** uint8 [64·64·3] a frame. */
  real: Uint8Array[];
  generated: Uint8Array[];
  generator: BlockRow[];
  discriminator: BlockRow[];
  selections: SelectionRow[];
  /** Logits of both discriminator heads for the generated frames, one a frame; above 0 is classified as real. */
  logits: { unconditional: number[]; conditional: number[] };
}

/**
 * Generates a story of a data set and passes it through the discriminator, block by block, in inference mode.
 *
 * @throws UserError when the system has no blocks to trace.
 */
export async function traceStory(model: Model, set: StorySet, story: Story, seed = 1): Promise<TracedStory> {
  const { config, vocabulary, state, encoder } = model;
  const system = systemByName(config.system);
  const { probes } = system;
  if (!probes) fail(`The system "${system.name}" has no dynamic blocks that could be traced.`);
  const captions = fixedCaptions(story, config);
  const words = captions.map((caption) => tokenize(caption).slice(0, config.data.words));
  const batch = storyBatch(set, vocabulary, config, [story]);
  const given = conditionBatch({ set, frozen: encoder, condition: conditioner(system, config) }, batch);
  const noise = sampleNoise(system.latents(config, 1, story.frames.length), seed, "walk", 0);
  const traced = tf.tidy(() =>
    probes.trace(config, state, given.condition, noise) as unknown as tf.TensorContainer
  ) as unknown as StoryTrace;
  const { images, generator, discriminator, logits } = traced;
  const frames = images.expandDims(0);
  const blocks = probes.blocks(config);
  try {
    return {
      captions,
      words,
      real: fixedPictures(set, story),
      generated: (await framesAsBytes(frames))[0]!,
      generator: await blockRows(generator),
      discriminator: await blockRows(discriminator),
      selections: await Promise.all(
        [...generator.selections, ...discriminator.selections].map((row, i) => selectionRow(row, blocks[i]!, words)),
      ),
      logits: {
        unconditional: await numbers(logits.unconditional),
        conditional: await numbers(logits.conditional),
      },
    };
  } finally {
    const kept = [generator, discriminator].flatMap(({ activations, selections }) => [
      ...activations.map(({ value }) => value),
      ...selections.flatMap(({ self, words, u }) => [self, words, u].filter((tensor) => tensor !== undefined)),
    ]);
    disposeTree([kept, frames, images, logits, given, noise] as Tree);
  }
}

async function blockRows({ activations }: Trace): Promise<BlockRow[]> {
  return await Promise.all(activations.map(async ({ name, value, parameters }) => {
    const row = { block: name, shape: value.shape, parameters };
    if (value.rank !== 4) return row;
    const strengths = strength(value);
    const maps = (await split(strengths)).map((map) => stretched([map])[0]!);
    strengths.dispose();
    return { ...row, maps };
  }));
}

/** Feature strength: the mean of |x| over the channels, [N, H, W, C] → [N, H·W]. */
export function strength(features: Tensor): Tensor {
  return tf.mean(tf.abs(features), 3).reshape([features.shape[0]!, -1]);
}

async function selectionRow(
  { name, self, words, u }: Selection,
  block: Block,
  captions: string[][],
): Promise<SelectionRow> {
  const positions = (self ?? words)!.shape[1]!;
  const row: SelectionRow = { block: name, size: Math.sqrt(positions) };
  if (self) row.self = await split(self);
  if (u) row.w = (await numbers(u)).map((u) => 1 / (1 + Math.exp(-u)));
  if (words && block.words === "frame") {
    const keys = words.shape[2]!;
    const weights = await split(words); // [T][H·W·K]
    row.words = weights.map((ofFrame, t) =>
      captions[t]!.map((_, k) => Array.from({ length: positions }, (_, position) => ofFrame[position * keys + k]!))
    );
  }
  return row;
}

async function numbers(tensor: Tensor): Promise<number[]> {
  return Array.from(await tensor.data());
}

/** The rows of the first axis. */
async function split(tensor: Tensor): Promise<Float32Array[]> {
  const values = await tensor.data() as Float32Array;
  const row = values.length / tensor.shape[0]!;
  return Array.from({ length: tensor.shape[0]! }, (_, i) => values.subarray(i * row, (i + 1) * row));
}
