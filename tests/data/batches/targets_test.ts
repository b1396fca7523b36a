import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../src/base/errors.ts";
import { type Config, resolveConfig } from "../../../src/model/config.ts";
import type { Frame, Split, StorySet } from "../../../src/data/store/stories.ts";
import { targetBatch } from "../../../src/data/batches/frames.ts";
import { findTargets, targetsOf } from "../../../src/data/batches/targets.ts";
import { tinyStorySet } from "../../fixtures/tiny_stories.ts";

const set = await tinyStorySet();
const config = (...overrides: string[]) => resolveConfig("tiny", ["classifier.batch=6", ...overrides]);
/** What the loader of frames is told of a configuration. */
const targets = ["mike", "jenny"];
const loading = ({ seed, classifier: { batch, flip } }: Config) => ({ seed, size: batch, targets, flip });

/** The set with frames made over, and stories of one split taken out. */
function changed(change: (frame: Frame, t: number) => Frame, labels?: string[], without?: Split): StorySet {
  return {
    ...set,
    manifest: { ...set.manifest, labels },
    split: (split) =>
      split === without
        ? []
        : set.split(split).map((story) => ({ ...story, frames: story.frames.map((frame, t) => change(frame, t)) })),
  };
}
const bare = ({ scene: _, ...frame }: Frame): Frame => frame;

Deno.test("findTargets() takes objects that enough training frames have, in alphabetical order", () => {
  const frames = set.split("train").flatMap(({ frames }) => frames);
  const share = (name: string) =>
    frames.filter(({ scene }) => scene!.objects.some((object) => object.name === name)).length / frames.length;
  const all = findTargets(set, 0);
  assertEquals(all, all.toSorted());
  assert(all.includes("mike") && all.includes("jenny"));
  const often = findTargets(set, 0.3);
  assertEquals(often, all.filter((name) => share(name) >= 0.3));
  assertNotEquals(often.length, all.length);
  assertEquals(findTargets(changed((frame) => frame, undefined, "test"), 0), all); // no other split has a say
});

Deno.test("findTargets() takes the labels of a set that has them", () => {
  const labelled = changed((frame, t) => ({ ...frame, labels: [t % 2, 1, 0] }), ["odd", "every", "none"]);
  assertEquals(findTargets(labelled, 0.3), ["odd", "every", "none"]);
  const truth = targetsOf(labelled, labelled.split("test").slice(0, 2), ["every", "odd", "none"]);
  assertEquals([...truth], Array.from({ length: 10 }, (_, frame) => [1, (frame % 5) % 2, 0]).flat());
  assertThrows(() => targetsOf(labelled, [], ["odd", "even"]), UserError, 'no label "even"');
});

Deno.test("findTargets() says what is missing", () => {
  assertThrows(() => findTargets(changed(bare), 0.01), UserError, "neither labels nor scene graphs");
  assertThrows(() => findTargets(changed(bare, undefined, "train"), 0.01), UserError, "no training stories");
  assertThrows(() => findTargets(set, 1), UserError, "classifier.share is 1");
});

Deno.test("targetsOf() tells what stands in each frame of each story", () => {
  const targets = findTargets(set, 0.05);
  const stories = set.split("val");
  const truth = targetsOf(set, stories, targets);
  assertEquals(truth.length, stories.length * set.frames * targets.length);
  stories.forEach(({ frames }, s) =>
    frames.forEach(({ scene }, t) => {
      const at = (s * set.frames + t) * targets.length;
      const shown = targets.filter((_, k) => truth[at + k] === 1);
      assertEquals(shown, targets.filter((name) => scene!.objects.some((object) => object.name === name)));
    })
  );
});

Deno.test("targetBatch() is a function of seed and step, and mirrors some of its pictures", () => {
  const plain = targetBatch(set, loading(config("classifier.flip=false")), 4);
  const flipped = targetBatch(set, loading(config()), 4);
  assertEquals(flipped, targetBatch(set, loading(config()), 4));
  assertEquals(flipped.targets, plain.targets);
  const size = 64 * 64 * 3;
  const mirrored = (picture: Float32Array) =>
    picture.map((_, i) => {
      const [pixel, c] = [Math.floor(i / 3), i % 3];
      return picture[(pixel - pixel % 64 + 63 - pixel % 64) * 3 + c]!;
    });
  const kinds = Array.from({ length: 6 }, (_, n) => {
    const [before, after] = [plain, flipped].map(({ images }) => images.slice(n * size, (n + 1) * size));
    if (before!.every((value, i) => value === after![i])) return "as it was";
    assertEquals(after, mirrored(before!));
    return "mirrored";
  });
  assertEquals(new Set(kinds).size, 2);
  assertNotEquals(targetBatch(set, loading(config()), 5).images, flipped.images);
  assertThrows(() => targetBatch(set, loading(config("classifier.batch=13")), 0), UserError, "only 12 training");
});
