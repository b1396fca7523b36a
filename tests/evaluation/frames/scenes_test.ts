import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { classTargets } from "../../../src/data/batches/frame_classes.ts";
import { findTargets, targetsOf } from "../../../src/data/batches/targets.ts";
import type { StorySet } from "../../../src/data/store/stories.ts";
import { countTargets } from "../../../src/metrics/f1.ts";
import { objectCounts } from "../../../src/evaluation/objects.ts";
import {
  checkSceneMetrics,
  type Classified,
  sceneMeasurements,
  sceneMeasures,
} from "../../../src/evaluation/frames/scenes.ts";
import { derangement } from "../../../src/evaluation/text_metrics.ts";
import { writeCheckpoint } from "../../../src/train/checkpoint.ts";
import { tinyStorySet } from "../../fixtures/tiny_stories.ts";
import { withFolder } from "../../runs/help.ts";

const set = await tinyStorySet();
const stories = set.split("train");
const objects = findTargets(set, 0.2);
const targets = [...objects, ...classTargets(set)];
const protocol = {
  split: "test",
  remarks: [],
  stories: stories.length,
  frames: set.frames,
  paired: true,
  seed: 1,
  bootstrap: 100,
};
const others = derangement(stories.length, 1)!.map((other) => stories[other]!);

/** A classifier that is always right, and frames that show their scenes but for what `change` does to them. */
function classifiedBy(
  of: StorySet,
  targets: string[],
  change: (seen: Float32Array, k: (name: string) => number) => void,
) {
  const truth = targetsOf(of, of.split("train"), targets);
  const generated = Float32Array.from(truth);
  change(generated, (name) => targets.indexOf(name));
  const classified: Classified = {
    targets,
    real: Float32Array.from(truth),
    generated,
    truth,
    others: targetsOf(set, others, targets),
  };
  return classified;
}
const measure = (of: StorySet, classified: Classified) =>
  sceneMeasurements(sceneMeasures(of, classified.targets), classified, protocol, "classifier:1a2b3c4d");
const K = targets.length;

Deno.test("frames that show their scenes get 100 %, and against scenes of other stories less", () => {
  const found = measure(set, classifiedBy(set, targets, () => {}));
  assertEquals(
    found.map(({ name }) => name),
    ["cast", "place", "sky", "persistence"].map((metric) => `${metric}[classifier:1a2b3c4d].test`),
  );
  for (const { name, value, interval, real, shuffled } of found) {
    assertEquals([interval!.low, real], [value, value]);
    if (!name.startsWith("persistence")) assertEquals(value, 100);
    if (!name.startsWith("persistence")) assert(shuffled! < 100 && shuffled! >= 0);
  }
  // Perfect frames lose nothing that lasts.
  assertEquals(found[3]!.value, 100);
});

Deno.test("each metric falls by the frames that are wrong in its part alone", () => {
  // Every second frame has another place; all have a child too many or too few.
  const values = (change: (seen: Float32Array, k: (name: string) => number) => void) =>
    Object.fromEntries(
      measure(set, classifiedBy(set, targets, change)).map(({ name, value }) => [name.split("[")[0], value]),
    );
  const places = targets.filter((name) => name.startsWith("place="));
  const misplaced = values((seen, k) => {
    for (let frame = 0; frame < seen.length / K; frame += 2) {
      const row = seen.subarray(frame * K, (frame + 1) * K);
      const right = places.findIndex((name) => row[k(name)] === 1);
      row[k(places[right]!)] = 0.4;
      row[k(places[(right + 1) % places.length]!)] = 0.6;
    }
  });
  const frames = stories.length * set.frames;
  assertAlmostEquals(misplaced.place!, 100 * Math.floor(frames / 2) / frames, 1e-9);
  assertEquals([misplaced.sky, misplaced.cast], [100, 100]);
  assert(misplaced.persistence! < 100);
  const mike = values((seen, k) => {
    for (let frame = 0; frame < frames; frame++) seen[frame * K + k("mike")] = 1 - seen[frame * K + k("mike")]!;
  });
  assertEquals([mike.cast, mike.place, mike.sky], [0, 100, 100]);
});

Deno.test("a classifier of objects alone measures the cast, and the same object counts as one that knows more", () => {
  const [old, now] = [objects, targets].map((list) => classifiedBy(set, list, (seen) => seen.fill(0.7, 0, 9)));
  assertEquals(measure(set, old!).map(({ name }) => name.split("[")[0]), ["cast"]);
  const counts = objectCounts(set, now!);
  const { truth } = old!;
  assertEquals(counts.real, countTargets({ targets: objects, frames: set.frames }, truth, truth));
  const again = classifiedBy(set, targets, (seen, k) => {
    for (let frame = 0; frame < seen.length / K; frame++) seen.fill(1, frame * K + k("place=beach"), (frame + 1) * K);
  });
  assertEquals(objectCounts(set, again).generated, counts.real); // classes change no number of objects
});

/** The set as one of labels, or with other scenes. */
const labelled: StorySet = {
  ...set,
  manifest: { ...set.manifest, labels: ["loopy", "crong"] },
  split: (split) =>
    set.split(split).map((story) => ({
      ...story,
      frames: story.frames.map((frame, t) => ({ ...frame, labels: [1, t % 2] })),
    })),
};
const plain: StorySet = {
  ...set,
  split: (split) =>
    set.split(split).map((story) => ({
      ...story,
      frames: story.frames.map((frame) => ({ ...frame, scene: { objects: frame.scene!.objects } })),
    })),
};

Deno.test("sets with labels, and scenes without place and weather, have the cast and what lasts of objects", () => {
  for (const [of, list] of [[labelled, ["loopy", "crong"]], [plain, objects]] as const) {
    const measures = sceneMeasures(of, [...list]);
    assertEquals([...measures.keys()], ["cast", "persistence"]);
  }
  const truth = targetsOf(labelled, labelled.split("train"), ["loopy", "crong"]);
  const { hits, cases } = sceneMeasures(labelled, ["loopy", "crong"]).get("persistence")!(truth, truth);
  assertEquals([hits[0], cases[0]], [set.frames - 1, set.frames - 1]); // loopy is in all frames, crong never in two
  assertEquals(sceneMeasures({ ...labelled, frames: 1 }, ["loopy", "crong"]).has("persistence"), false);
  const empty = measure(plain, classifiedBy(plain, objects, (seen) => seen.fill(0)));
  assertEquals(empty.map(({ name }) => name.split("[")[0]), ["cast"]); // nothing is shown, so nothing can last
});

Deno.test("checkSceneMetrics() says what an older classifier leaves out, and refuses to be asked for it", () =>
  withFolder((root) => {
    const classifier = (name: string, targets: string[]) => {
      Deno.mkdirSync(`${root}/${name}/checkpoints`, { recursive: true });
      const tensor = { dtype: "F32" as const, shape: [1], data: new Float32Array(1) };
      writeCheckpoint(`${root}/${name}/checkpoints/best.safetensors`, { tensor }, { targets: JSON.stringify(targets) });
      return `${root}/${name}`;
    };
    const [old, now, characters] = [
      classifier("old", objects),
      classifier("now", targets),
      classifier("characters", ["loopy"]),
    ];
    const said = (folder: string, of: StorySet, metrics?: string[]) => {
      const lines: string[] = [];
      checkSceneMetrics(folder, of, { metrics, say: (text) => lines.push(text) });
      return lines;
    };
    const [line] = said(old, set);
    assertEquals(
      line,
      `no place, sky, persistence: the classifier "${old}" does not distinguish place and sky; ` +
        `train one that does: deno task classifier --data clipart`,
    );
    assertEquals([said(now, set), said(characters, labelled), said(old, set, ["cast", "fid"])].flat().length, 1);
    assertThrows(() => said(old, set, ["fid", "sky"]), UserError, "deno task classifier --data clipart");
    assertThrows(() => said(old, set, ["persistence"]), UserError, "deno task classifier --data clipart");
    assertThrows(() => said(characters, labelled, ["sky"]), UserError, "no scene graphs with several weathers");
  }));
