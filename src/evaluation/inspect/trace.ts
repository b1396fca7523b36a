/**
 * A story's walk through both networks, as plain numbers: for notebooks and figures.
 *
 * The generator draws the story from its captions, the discriminator judges what was drawn; of every block there is the
 * shape, the learnt scalars and where its features are strong, of every dynamic block what it chose and where it looked.
 */
import type { Config } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { fixedCaptions, fixedPictures, storyBatch } from "../../data/batches/stories.ts";
import type { Story, StorySet } from "../../data/store/stories.ts";
import { tokenize, type Vocabulary } from "../../data/store/vocabulary.ts";
import { disposeTree, type State, type Tensor, tf, type Tree } from "../../engine/mod.ts";
import { initialize } from "../../model/parameters.ts";
import { systemByName } from "../../model/systems/mod.ts";
import {
  type Decision,
  strength,
  type Walk,
  walkDiscriminator,
  walkGenerator,
} from "../../model/systems/ours/trace.ts";
import { drawNoise } from "../../train/draws.ts";
import { storyEncoder } from "../../train/text.ts";
import { readChosen } from "../../runs/sampling/checkpoint.ts";
import { framesAsBytes, uploadBatch } from "../../runs/sampling/draw.ts";
import { provideEncoder, readEncoder, readStoredEncoder } from "../../runs/encoder.ts";
import { findTrained } from "../../runs/find.ts";
import { stretched } from "../../runs/sampling/attention_maps.ts";
import { openWorkplace, type RunOptions } from "../../runs/workplace.ts";

/** Both networks and the text encoder, on the engine; the caller disposes of `state` and `encoder`. */
export interface Model {
  config: Config;
  vocabulary: Vocabulary;
  /** `generator.*`, as it is sampled, and `discriminator.*`. */
  state: State;
  encoder: State;
  /** Steps trained; 0 for start values. */
  step: number;
}

/** The networks of a run; an engine must run. @throws UserError as {@link readChosen} does. */
export function trainedModel(folder: string, checkpoint?: "best" | "last"): Model {
  const { config, step, upload, uploadJudge } = readChosen(folder, checkpoint);
  return { config, step, ...readEncoder(folder, config), state: { ...upload(), ...uploadJudge() } };
}

/** Networks as they are drawn at the start of training, with the text encoder of a pre-training run. */
export function freshModel(config: Config, encoderRun: string): Model {
  const encoder = readStoredEncoder(`${encoderRun}/checkpoints/best.safetensors`, config);
  return {
    config,
    step: 0,
    ...encoder,
    state: initialize(systemByName(config.system).parameters(config), config.seed),
  };
}

/**
 * Networks to look into: those of the latest finished run of a configuration, or else as training starts from them, with a
 * text encoder that is pre-trained now if no run has it.
 *
 * @returns also the set, and the folder of the run; no folder where the networks are untrained.
 */
export async function provideModel(
  config: Config,
  options: RunOptions = {},
): Promise<{ model: Model; set: StorySet; run?: string }> {
  const place = await openWorkplace(config, options);
  const { root, set } = place;
  const run = findTrained(root, place.config, set.digest);
  if (run !== undefined) return { model: trainedModel(run), set, run };
  const encoder = await provideEncoder(place);
  if (encoder.end.state === "interrupted") {
    fail("Pre-training was stopped before there was a text encoder; run it again.");
  }
  return { model: freshModel(config, encoder.folder), set };
}

/** A block that was passed. */
export interface BlockRow {
  block: string;
  /** Of what came out, for all frames of the story. */
  shape: number[];
  /** Learnt scalars. */
  parameters: number;
  /** For each frame, where the features are strong, as shares 0 to 1 [H·W]; only of feature maps. */
  maps?: number[][];
}

/** What a dynamic block decided for each frame of the story. */
export interface DecisionRow {
  block: string;
  /** H and W of its feature map. */
  size: number;
  /** p(SA) without noise, σ(u/τ) [T]; inference takes self-attention where it is above ½. */
  pSelf?: number[];
  /** For each frame and word where the word is looked at from, a share of each place's look [T][words][H·W]. */
  words?: number[][][];
  /** For each frame, how much each place looks at each other one [T][H·W·H·W], row by row. */
  self?: Float32Array[];
}

/** What {@link walkStory} finds. */
export interface StoryWalk {
  captions: string[];
  /** The words that the model saw of each caption. */
  words: string[][];
  /** uint8 [64·64·3] a frame. */
  real: Uint8Array[];
  drawn: Uint8Array[];
  generator: BlockRow[];
  discriminator: BlockRow[];
  decisions: DecisionRow[];
  /** Logits of both heads for what was drawn, one a frame; above 0 passes as real. */
  logits: { unconditional: number[]; conditional: number[] };
}

/** Draws a story of a data set and judges what was drawn, block by block, in inference mode. */
export async function walkStory(model: Model, set: StorySet, story: Story, seed = 1): Promise<StoryWalk> {
  const { config, vocabulary, state, encoder } = model;
  const system = systemByName(config.system);
  const parameters = system.parameters(config);
  const captions = fixedCaptions(story, config);
  const words = captions.map((caption) => tokenize(caption).slice(0, config.data.words));
  const { images: pictures, tokens, mask, labels } = uploadBatch(
    storyBatch(set, vocabulary, config, [story]),
    set.size,
  );
  const text = storyEncoder(config)(encoder, tokens, mask, labels);
  const noise = drawNoise(system.noise(config, 1, story.frames.length), seed, "walk", 0);
  const { g, d } = tf.tidy(() => {
    const g = walkGenerator(config, parameters, state, text, noise);
    const d = walkDiscriminator(config, parameters, state, g.images, text, g.mean);
    return { g, d } as unknown as tf.TensorContainer;
  }) as unknown as { g: ReturnType<typeof walkGenerator>; d: ReturnType<typeof walkDiscriminator> };
  const frames = g.images.expandDims(0);
  try {
    return {
      captions,
      words,
      real: fixedPictures(set, story),
      drawn: (await framesAsBytes(frames))[0]!,
      generator: await rowsOf(g),
      discriminator: await rowsOf(d),
      decisions: await Promise.all([...g.decisions, ...d.decisions].map((at) => decisionOf(at, config, words))),
      logits: { unconditional: await numbers(d.unconditional), conditional: await numbers(d.conditional) },
    };
  } finally {
    const kept = [g, d].flatMap(({ stops, decisions }) => [
      ...stops.map(({ value }) => value),
      ...decisions.flatMap(({ self, words, u }) => [self, words, u].filter((tensor) => tensor !== undefined)),
    ]);
    disposeTree([kept, frames, g.images, g.mean, d.unconditional, d.conditional] as Tree);
    disposeTree([pictures, tokens, text, noise, labels ?? []] as Tree);
  }
}

async function rowsOf({ stops }: Walk): Promise<BlockRow[]> {
  return await Promise.all(stops.map(async ({ name, value, parameters }) => {
    const row = { block: name, shape: value.shape, parameters };
    if (value.rank !== 4) return row;
    const strengths = strength(value);
    const maps = (await split(strengths)).map((map) => stretched([map])[0]!);
    strengths.dispose();
    return { ...row, maps };
  }));
}

async function decisionOf({ name, self, words, u }: Decision, config: Config, told: string[][]): Promise<DecisionRow> {
  const places = (self ?? words)!.shape[1]!;
  const row: DecisionRow = { block: name, size: Math.sqrt(places) };
  if (self) row.self = await split(self);
  if (u) row.pSelf = (await numbers(u)).map((u) => 1 / (1 + Math.exp(-u / config.model.db.tau)));
  if (words && config.model.db.words === "frame") {
    const keys = words.shape[2]!;
    const looks = await split(words); // [T][H·W·K]
    row.words = looks.map((look, t) =>
      told[t]!.map((_, k) => Array.from({ length: places }, (_, place) => look[place * keys + k]!))
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
