/** Stories as pictures from any source: a split of a data set, the output of a run, or a folder. */
import { fixedPictures } from "../data/batches/stories.ts";
import type { Story, StorySet } from "../data/store/stories.ts";
import { type Tensor, tf } from "../engine/mod.ts";

/** Stories of T frames of one size, read on request. */
export interface Gallery {
  /** Ids of the stories, in order. */
  ids: string[];
  /** T; `height` and `width` are H and W of a frame in pixels. */
  frames: number;
  height: number;
  width: number;
  /** Pictures of `count` stories from index `first` on, uint8 [count, T, H, W, 3]. */
  read(first: number, count: number): Uint8Array | Promise<Uint8Array>;
}

/** The real frames of stories: the fixed pictures of evaluation. */
export function realGallery(set: StorySet, stories: Story[]): Gallery {
  return {
    ids: stories.map(({ id }) => id),
    frames: set.frames,
    height: set.size,
    width: set.size,
    read: (first, count) =>
      joinBytes(stories.slice(first, first + count).flatMap((story) => fixedPictures(set, story))),
  };
}

/**
 * Stories that are in memory, e.g. generated ones, with the shape and ids of `like`.
 *
 * @param pictures uint8 [stories, T, H, W, 3]
 */
export function heldGallery(pictures: Uint8Array, like: Gallery): Gallery {
  const size = pictures.length / like.ids.length;
  return { ...like, read: (first, count) => pictures.subarray(first * size, (first + count) * size) };
}

/** Maps the bytes of pictures to [-1, 1], float32 [count, T, H, W, 3]; the caller disposes of the tensor. */
export function uploadPictures(bytes: Uint8Array, { frames, height, width }: Gallery): Tensor {
  const count = bytes.length / (frames * height * width * 3);
  return tf.tensor(Float32Array.from(bytes, (byte) => byte / 127.5 - 1), [count, frames, height, width, 3]);
}

/** Concatenates byte arrays. */
export function joinBytes(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
