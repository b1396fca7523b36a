/** Batches of single frames with their targets, for the classifier. */
import type { SharedConfig } from "../../base/config.ts";
import { random } from "../../base/random.ts";
import { collateImages } from "./collate.ts";
import type { HostBatch } from "./host_tensor.ts";
import { type BatchSize, checkSize } from "./size.ts";
import { randomPicture } from "./stories.ts";
import { marksOf } from "./targets.ts";
import type { Story, StorySet } from "../store/stories.ts";

/** Pictures and the targets in them, no two of the same story. */
export interface TargetBatch {
  images: Float32Array<ArrayBuffer>; // [N, 64, 64, 3] in [-1, 1]
  targets: Float32Array<ArrayBuffer>; // [N, K], 1 where the picture shows the target
  shape: { N: number; K: number };
}

/** Settings of frames: `targets` are the objects and classes to learn, `flip` mirrors frames at random. */
export type FrameLoading = Pick<SharedConfig, "seed"> & Pick<BatchSize, "size"> & Partial<BatchSize> & {
  targets: string[];
  flip: boolean;
  stream?: string;
};

/**
 * The frames of step `step`, counted from 0: `size` of them.
 *
 * @throws UserError when the split has fewer stories than frames.
 */
export function targetBatch(set: StorySet, loading: FrameLoading, step: number): TargetBatch {
  const { seed, targets, size: N, flip, stream: prefix = "" } = loading;
  const stories = set.split("train");
  checkSize(set, { sizeKey: "classifier.batch", ...loading });
  const stream = random(seed, `${prefix}classifier`, step);
  const mirror = random(seed, `${prefix}classifier-flip`, step);
  const chosen = new Set<Story>();
  while (chosen.size < N) chosen.add(stream.choice(stories));
  const picks = [...chosen].map((story) => {
    const frame = story.frames[stream.integer(set.frames)]!;
    return { frame, picture: randomPicture(frame, stream) };
  });
  const images = collateImages(set, picks.map(({ picture }) => picture));
  const marks = marksOf(set, picks.map(({ frame }) => frame), targets);
  if (flip) { for (let n = 0; n < N; n++) if (mirror.uniform() < 0.5) mirrorPicture(images, n, set.size); }
  return { images, targets: marks, shape: { N, K: targets.length } };
}

/** Mirrors picture `n` of [N, size, size, 3] left to right. */
function mirrorPicture(images: Float32Array, n: number, size: number): void {
  for (let y = 0; y < size; y++) {
    const row = images.subarray((n * size + y) * size * 3, (n * size + y + 1) * size * 3);
    for (let left = 0, right = (size - 1) * 3; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) [row[left + c], row[right + c]] = [row[right + c]!, row[left + c]!];
    }
  }
}

/** A batch as tensors: `images` [N, H, W, 3] and `targets` [N, K]. */
export function targetTensors({ images, targets, shape: { N, K } }: TargetBatch, size: number): HostBatch {
  return { images: { data: images, shape: [N, size, size, 3] }, targets: { data: targets, shape: [N, K] } };
}
