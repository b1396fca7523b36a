/**
 * Targets: the objects in a frame, and the classes of the whole frame (its place and weather).
 *
 * Sets with labels (Pororo-SV's characters) have the labels alone; elsewhere targets come from the scene graphs.
 */
import { fail } from "../../base/errors.ts";
import { classesOf, classTargets } from "./frame_classes.ts";
import type { Frame, Story, StorySet } from "../store/stories.ts";

/** All targets of a set: {@link findTargets}, then places and weathers. @throws UserError as that does. */
export function allTargets(set: StorySet, share: number): string[] {
  return [...findTargets(set, share), ...classTargets(set)];
}

/** Whether it is known what a set's frames show. */
export function hasTargets(set: StorySet): boolean {
  return Boolean(set.manifest.labels?.length) ||
    set.split("train").some(({ frames }) => frames.some(({ scene }) => scene && scene.objects.length > 0));
}

/**
 * Names of the objects of a set: labels of the set in their own order, or objects in at least
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
  return Uint8Array.from(marksOf(set, stories.flatMap(({ frames }) => frames), targets));
}

/** Which targets are in frames: 0 or 1, [N·K], as a batch has them. */
export function marksOf(set: StorySet, frames: Frame[], targets: string[]): Float32Array<ArrayBuffer> {
  const mark = marker(set, targets);
  const marks = new Float32Array(frames.length * targets.length);
  frames.forEach((frame, n) => mark(frame, marks, n * targets.length));
  return marks;
}

/** Which targets are in a frame: a function that writes 1 for each of them into an array of zeros [K]. */
function marker({ manifest, name }: StorySet, targets: string[]) {
  const places = new Map(targets.map((target, k) => [target, k]));
  const { labels } = manifest;
  const missing = labels && targets.find((target) => !labels.includes(target));
  if (missing !== undefined) fail(`The frames of the data set "${name}" have no label "${missing}".`);
  return (frame: Frame, into: Float32Array, at: number): void => {
    const present = labels?.length
      ? labels.filter((_, i) => frame.labels?.[i])
      : [...frame.scene?.objects.map(({ name }) => name) ?? [], ...classesOf(frame.scene)];
    for (const target of present) {
      const k = places.get(target);
      if (k !== undefined) into[at + k] = 1;
    }
  };
}
