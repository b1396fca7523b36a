import { assert, assertEquals } from "@std/assert";
import {
  attributes,
  classesAmong,
  classesOf,
  classTargets,
  objectsAmong,
} from "../../../src/data/batches/frame_classes.ts";
import { targetBatch } from "../../../src/data/batches/frames.ts";
import { castAmong, findTargets, targetsOf } from "../../../src/data/batches/targets.ts";
import type { Frame, StorySet } from "../../../src/data/store/stories.ts";
import { tinyStorySet } from "../../fixtures/tiny_stories.ts";

const set = await tinyStorySet();

/** The set with frames made over, and labels. */
function changed(change: (frame: Frame) => Frame, labels?: string[]): StorySet {
  return {
    ...set,
    manifest: { ...set.manifest, labels },
    split: (split) => set.split(split).map((story) => ({ ...story, frames: story.frames.map(change) })),
  };
}
const scenesOf = (of: StorySet) => of.split("train").flatMap(({ frames }) => frames.map(({ scene }) => scene!));

Deno.test("classTargets() names every place and weather of the training split, places first", () => {
  const names = (key: "place" | "weather", prefix: string) =>
    [...new Set(scenesOf(set).map((scene) => `${prefix}=${scene[key]}`))].sort();
  assertEquals(classTargets(set), [...names("place", "place"), ...names("weather", "sky")]);
  assert(classTargets(set).includes("place=beach") && classTargets(set).includes("sky=sunny"));
});

Deno.test("classTargets() leaves out what frames lack, what never varies, and sets with labels", () => {
  const withScene = (change: Partial<NonNullable<Frame["scene"]>>) =>
    changed((frame) => ({ ...frame, scene: { ...frame.scene!, ...change } }));
  const places = classesAmong(set, classTargets(set), "place");
  assertEquals(classTargets(withScene({ weather: undefined })), places);
  assertEquals(classTargets(withScene({ weather: "rainy" })), places);
  assertEquals(classTargets(changed(({ scene: _, ...frame }) => frame)), []);
  assertEquals(classTargets(changed((frame) => ({ ...frame, labels: [1] }), ["loopy"])), []);
  assertEquals(classesOf(undefined), []);
});

Deno.test("objectsAmong() are the targets that are no classes; all labels are objects, whatever their name", () => {
  const objects = findTargets(set, 0.1);
  const targets = [...objects, ...classTargets(set)];
  assertEquals(objectsAmong(set, targets), objects);
  assertEquals(attributes.flatMap((attribute) => classesAmong(set, targets, attribute)), classTargets(set));
  const labelled = changed((frame) => ({ ...frame, labels: [1, 0] }), ["place=home", "crong"]);
  assertEquals(objectsAmong(labelled, ["place=home", "crong"]), ["place=home", "crong"]);
  assertEquals(classesAmong(labelled, ["place=home", "crong"], "place"), []);
});

Deno.test("castAmong() are the children among the objects, and all labels", () => {
  assertEquals(castAmong(set, ["ball", "jenny", "dog", "mike"]), ["jenny", "mike"]);
  assertEquals(castAmong(set, ["dog"]), []);
  const labelled = changed((frame) => ({ ...frame, labels: [1, 0] }), ["loopy", "crong"]);
  assertEquals(castAmong(labelled, ["loopy", "crong"]), ["loopy", "crong"]);
});

Deno.test("targetsOf() and targetBatch() mark exactly the place and weather of each frame", () => {
  const targets = classTargets(set);
  const stories = set.split("val");
  const truth = targetsOf(set, stories, targets);
  const K = targets.length;
  stories.flatMap(({ frames }) => frames).forEach(({ scene }, n) => {
    const shown = targets.filter((_, k) => truth[n * K + k] === 1);
    assertEquals(shown, [`place=${scene!.place}`, `sky=${scene!.weather}`]);
  });
  const batch = targetBatch(set, { seed: 1, size: 6, targets, flip: true }, 0);
  for (let n = 0; n < 6; n++) {
    const shown = targets.filter((_, k) => batch.targets[n * K + k] === 1);
    assertEquals(shown.map((name) => name.split("=")[0]), ["place", "sky"]);
  }
  const without = changed((frame) => ({ ...frame, scene: { ...frame.scene!, weather: undefined } }));
  const unmarked = targetsOf(without, without.split("val"), classesAmong(set, targets, "sky"));
  assertEquals(Math.max(...unmarked), 0);
});
