/**
 * The targets of a classifier: the objects in a frame, and the classes of the whole frame (its place and weather).
 *
 * Sets with labels (Pororo-SV's characters) have the labels alone; elsewhere targets come from the scene graphs.
 */
import type { SharedConfig } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { random } from "../../base/random.ts";
import { randomPicture } from "./stories.ts";
import { collateImages } from "./collate.ts";
import { classesOf } from "./frame_classes.ts";
import type { HostBatch } from "./host_tensor.ts";
import { type BatchSize, checkSize } from "./size.ts";
import type { Frame, Story, StorySet } from "../store/stories.ts";

/** Pictures and the targets in them, no two of the same story. */
export interface TargetBatch {
  images: Float32Array<ArrayBuffer>; // [N, 64, 64, 3] in [-1, 1]
  targets: Float32Array<ArrayBuffer>; // [N, K], 1 where the picture shows the target
  shape: { N: number; K: number };
}

/**
 * Names of the objects that a classifier distinguishes: labels of the set in their own order, or objects in at least
 * `share` of the training frames, in alphabetical order. Only the training split counts.
 *
 * @throws UserError for a set that has neither, or no training stories.
 */
export function findTargets(set: StorySet, share: number): string[] {
  const stories = set.split("train");
  if (stories.length === 0) {
    fail(`The data set "${set.name}" has no training stories, so a classifier cannot be trained.`);
  }
  if (set.manifest.labels?.length) return set.manifest.labels;
  const frames = new Map<string, number>();
  for (const { frames: ofStory } of stories) {
    for (const { scene } of ofStory) {
      for (const name of new Set(scene?.objects.map(({ name }) => name))) frames.set(name, (frames.get(name) ?? 0) + 1);
    }
  }
  if (frames.size === 0) {
    fail(
      `The frames of the data set "${set.name}" have neither labels nor scene graphs, so no classifier ` +
        `can be trained on them; give the frames labels, or evaluate by features (FID, FSD).`,
    );
  }
  const least = share * stories.length * set.frames;
  const names = [...frames.keys()].filter((name) => frames.get(name)! >= least).sort();
  if (names.length === 0) {
    fail(`classifier.share is ${share}, and no object is in that share of the training frames; set a smaller one.`);
  }
  return names;
}

/**
 * Those objects that are people: of kind boy or girl in the training scenes, or all labels of a set that has them (those
 * of Pororo-SV are characters). In the order of `objects`.
 */
export function castAmong(set: StorySet, objects: string[]): string[] {
  if (set.manifest.labels?.length) return objects;
  const people = new Set<string>();
  for (const { frames } of set.split("train")) {
    for (const { scene } of frames) {
      for (const { name, kind } of scene?.objects ?? []) if (kind === "boy" || kind === "girl") people.add(name);
    }
  }
  return objects.filter((name) => people.has(name));
}

/** Which targets are in the frames of stories: 0 or 1, [stories·T·K]. */
export function targetsOf(set: StorySet, stories: Story[], targets: string[]): Uint8Array<ArrayBuffer> {
  const mark = marker(set, targets);
  const K = targets.length;
  const all = new Uint8Array(stories.length * set.frames * K);
  stories.forEach(({ frames }, s) => frames.forEach((frame, t) => mark(frame, all, (s * set.frames + t) * K)));
  return all;
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
  const mark = marker(set, targets);
  const chosen = new Set<Story>();
  while (chosen.size < N) chosen.add(stream.choice(stories));
  const K = targets.length;
  const marks = new Float32Array(N * K);
  const pictures = [...chosen].map((story, n) => {
    const frame = story.frames[stream.integer(set.frames)]!;
    mark(frame, marks, n * K);
    return randomPicture(frame, stream);
  });
  const images = collateImages(set, pictures);
  if (flip) { for (let n = 0; n < N; n++) if (mirror.uniform() < 0.5) mirrorPicture(images, n, set.size); }
  return { images, targets: marks, shape: { N, K } };
}

/** Writes a frame's targets into an array of zeros. */
function marker({ manifest, name }: StorySet, targets: string[]) {
  const places = new Map(targets.map((target, k) => [target, k]));
  const { labels } = manifest;
  const missing = labels && targets.find((target) => !labels.includes(target));
  if (missing !== undefined) fail(`The frames of the data set "${name}" have no label "${missing}".`);
  return (frame: Frame, into: Uint8Array | Float32Array, at: number): void => {
    const present = labels?.length
      ? labels.filter((_, i) => frame.labels?.[i])
      : [...frame.scene?.objects.map(({ name }) => name) ?? [], ...classesOf(frame.scene)];
    for (const target of present) {
      const k = places.get(target);
      if (k !== undefined) into[at + k] = 1;
    }
  };
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
