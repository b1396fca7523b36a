/** Drawing stories with a trained generator, in inference mode: hard choice, running statistics, the code's mean. */
import type { Config } from "../../base/config.ts";
import { jit, type State, type Tensor, tf } from "../../engine/mod.ts";
import type { Batch } from "../../data/batches/stories.ts";
import type { StorySet } from "../../data/store/stories.ts";
import type { Vocabulary } from "../../data/store/vocabulary.ts";
import type { System } from "../../model/contract.ts";
import type { EncodeStories, StoryText } from "../../train/text.ts";

/** Draws a story for each text; the caller owns the frames [B, T, 64, 64, 3] in [-1, 1]. */
export type DrawStories = (weights: State, text: StoryText, noise: State) => Tensor;

/** What stories of a data set are drawn with. */
export interface Drawing {
  system: System;
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  /** `text.*` and `tower.*`. */
  encoder: State;
  encode: EncodeStories;
  draw: DrawStories;
}

/** Compiles drawing. */
export function storyDrawer(system: System, config: Config): DrawStories {
  return jit(
    (weights: State, text: StoryText, noise: State) => system.generate(config, weights, text, noise, false).images,
    { name: `draw-${system.name}` },
  );
}

/**
 * A batch as tensors: frames [B, T, 64, 64, 3], tokens [B, T, L], mask [B, T, L], and labels [B, T, K] where the model is
 * told of them.
 */
export function uploadBatch({ images, tokens, mask, labels, shape: { B, T, L } }: Batch, size: number) {
  return {
    images: tf.tensor(images, [B, T, size, size, 3]),
    tokens: tf.tensor(tokens, [B, T, L], "int32"),
    mask: tf.tensor(mask, [B, T, L]),
    labels: labels.length > 0 ? tf.tensor(labels, [B, T, labels.length / (B * T)]) : undefined,
  };
}

/** Frames in [-1, 1] as bytes: for each story and frame [64·64·3]. */
export async function framesAsBytes(images: Tensor): Promise<Uint8Array[][]> {
  const [B, T, ...rest] = images.shape as [number, number, ...number[]];
  const size = rest.reduce((a, b) => a * b, 1);
  const values = await images.data();
  const bytes = Uint8Array.from(values, (x) => Math.max(0, Math.min(255, Math.round((x + 1) * 127.5))));
  return Array.from(
    { length: B },
    (_, b) => Array.from({ length: T }, (_, t) => bytes.subarray((b * T + t) * size, (b * T + t + 1) * size)),
  );
}
