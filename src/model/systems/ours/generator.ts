/**
 * The generator: [z; s; ŝ; c] → 4×4 features → four up blocks with dynamic blocks between them → a 64×64 picture.
 *
 * Sizes are the balanced reading of the paper's 25.1 M: widths 1024 (4×4), 512, 256, 128, 64; 25,139,600 in `paper`.
 * [ours]
 */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import {
  generatorBlockParameters,
  generatorFuse,
  select,
  type Words,
  wordsOf,
  wordsParameters,
} from "./dynamic_block.ts";
import {
  batchNorm,
  batchNormParameters,
  conv,
  convParameters,
  linear,
  linearParameters,
  standardise,
  standardiseParameters,
  upBlock,
  upBlockParameters,
} from "../../layers.ts";
import type { Net } from "../../net.ts";
import type { Parameter } from "../../parameters.ts";
import { contextWidth, encodeStory, type Story, storyParameters } from "./story_encoder.ts";
import type { Draw } from "../../../data/batches/noise.ts";
import { labelsOf, type Text } from "./condition.ts";
import type { OursConfig } from "./settings.ts";
import type { Stage } from "./stage.ts";

/** An up block. */
interface UpStage extends Stage {
  /** Channels before. */
  input: number;
}

/** The up blocks: name, picture size, channels before and after each, and whether a dynamic block follows. */
export function generatorStages({ model: { generatorWidth, generatorFloor, db } }: OursConfig): UpStage[] {
  const channels = (i: number) => Math.max(generatorWidth / 2 ** i, Math.min(generatorFloor, generatorWidth));
  return [1, 2, 3, 4].map((i) => ({
    name: `generator.up${i}`,
    size: 4 * 2 ** i,
    input: channels(i - 1),
    channels: channels(i),
    block: db.g !== "none" && (db.gSizes as number[]).includes(4 * 2 ** i),
  }));
}

export function generatorParameters(config: OursConfig): Parameter[] {
  const { noise, generatorWidth, input } = config.model;
  const context = contextWidth(config);
  const first = generatorWidth * 4 * 4;
  const stages = generatorStages(config);
  return [
    ...storyParameters(config),
    ...(input === "normalised" ? standardiseParameters("generator.context", context) : []),
    ...wordsParameters("generator", config),
    ...linearParameters("generator.fc", noise + context + config.data.labels, first, false),
    ...batchNormParameters("generator.fc.bn", first),
    ...stages.flatMap(({ name, size, input, channels, block }) => [
      ...upBlockParameters(name, input, channels),
      ...(block ? generatorBlockParameters(`generator.db${size}`, config, channels) : []),
    ]),
    ...convParameters("generator.image", 3, stages.at(-1)!.channels, 3),
  ];
}

/**
 * The generator's random inputs: z, the story code's noise, and logistic noise for each picture and block that selects.
 */
export function generatorNoise(config: OursConfig, stories: number, frames: number): Record<string, Draw> {
  const { noise, noisePer, storyCode, db } = config.model;
  const draws: Record<string, Draw> = {
    z: { shape: [stories, noisePer === "story" ? 1 : frames, noise], kind: "normal" },
    code: { shape: [stories, storyCode], kind: "normal" },
  };
  for (const { size, block } of generatorStages(config)) {
    if (db.g === "both" && block) {
      draws[`logistic.g${size}`] = { shape: [stories * frames], kind: "logistic" };
    }
  }
  return draws;
}

/**
 * Generates every frame of every story.
 *
 * @param exchanged words that a block reads in place of the story's own, by the block's name (`g8`, …)
 * @returns `images` in [-1, 1] [B·T, 64, 64, 3], the encoded story, and the mean p(SA) of each block (`g8`, …)
 */
export function generateFrames(
  net: Net,
  config: OursConfig,
  text: Text,
  noise: State,
  exchanged: Record<string, Words> = {},
): { images: Tensor; story: Story; selectors: State } {
  const [stories, frames] = text.sentences.shape as [number, number];
  const { noise: width, generatorWidth, input: how, db } = config.model;
  const story = encodeStory(net, config, text, noise.code);
  const z = tf.broadcastTo(noise.z!, [stories, frames, width]); // noisePer=story: one z for all frames
  const context = how === "normalised" ? standardise(net, "generator.context", story.context) : story.context;
  const input = tf.concat([z, context, ...labelsOf(text)], 2).reshape([stories * frames, -1]);
  let x = tf.relu(batchNorm(net, "generator.fc.bn", linear(net, "generator.fc", input)));
  x = x.reshape([stories * frames, 4, 4, generatorWidth]);
  net.observe?.("generator.fc", x);
  const words = wordsOf(net, "generator", config, text);
  const selectors: State = {};
  for (const { name, size, block } of generatorStages(config)) {
    x = upBlock(net, name, x);
    net.observe?.(name, x);
    if (!block) continue;
    const blockName = `generator.db${size}`;
    const read = exchanged[`g${size}`] ?? words;
    const { h, probability } = select(net, blockName, config, db.g, x, read, noise[`logistic.g${size}`]);
    x = generatorFuse(net, blockName, x, h);
    net.observe?.(blockName, x);
    selectors[`g${size}`] = tf.mean(probability);
  }
  const images = tf.tanh(conv(net, "generator.image", x));
  net.signals["generator.image"] = images;
  net.observe?.("generator.image", images);
  return { images, story, selectors };
}
