/** Generates stories with trained weights, in inference mode: hard selection, running statistics, mean of the code. */
import { type Batch, storyTensors } from "../../data/batches/stories.ts";
import type { StorySet } from "../../data/store/stories.ts";
import type { Vocabulary } from "../../data/store/vocabulary.ts";
import { jit, type State, type Tensor } from "../../engine/mod.ts";
import type { Config } from "../../model/config.ts";
import type { StorySystem } from "../../model/contract.ts";
import { type Conditioner, uploadBatch } from "../../train/inputs.ts";

/** Generates a story for each condition; the caller owns the frames [B, T, H, W, 3] in [-1, 1]. */
export type GenerateStories = (weights: State, condition: State, noise: State) => Tensor;

/** All that generates stories of a data set. */
export interface Generating {
  system: StorySystem;
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  /** Frozen tensors: `text.*`, `tower.*` and others that the system names. */
  frozen: State;
  condition: Conditioner;
  generate: GenerateStories;
}

/** Compiles generation; `dispose` frees its programs. */
export function storyGenerator(system: StorySystem, config: Config): GenerateStories & { dispose(): void } {
  return jit(
    (weights: State, condition: State, noise: State) =>
      system.generate(config, weights, condition, noise, false).images,
    { name: `generate-${system.name}` },
  );
}

/** A batch of stories and its condition as tensors; the caller disposes of both, see `Conditioner`. */
export function conditionBatch(
  { set, frozen, condition }: Pick<Generating, "set" | "frozen" | "condition">,
  batch: Batch,
): { uploaded: State; condition: State } {
  const uploaded = uploadBatch(storyTensors(batch, set.size));
  return { uploaded, condition: condition(frozen, uploaded) };
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
