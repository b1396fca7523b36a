import { assert, assertEquals, assertGreater } from "@std/assert";
import type { ClipartScene } from "../../../../src/data/sets/clipart/scene.ts";
import { eventKinds, FRAMES, writeStory } from "../../../../src/data/sets/clipart/story.ts";
import { poseNames } from "../../../../src/data/sets/clipart/world/poses.ts";
import { expressions } from "../../../../src/data/sets/clipart/world/objects.ts";

const stories = Array.from({ length: 600 }, (_, index) => writeStory(5, "train", index));
const scenes = stories.map((frames) => frames.map(({ scene }) => scene));

const childrenOf = (scene: ClipartScene) =>
  scene.objects.filter(({ kind }) => kind === "boy" || kind === "girl").map(({ name }) => name).sort();
/** Every frame with the one before it. */
const pairs = scenes.flatMap((story) => story.slice(1).map((after, t) => ({ before: story[t]!, after })));

Deno.test("writeStory() gives five frames, and the same ones every time", () => {
  for (const frames of stories) assertEquals(frames.length, FRAMES);
  assertEquals(writeStory(5, "train", 17), stories[17]!);
  assert(JSON.stringify(writeStory(6, "train", 17)) !== JSON.stringify(stories[17]!));
  assert(JSON.stringify(writeStory(5, "val", 17)) !== JSON.stringify(stories[17]!));
});

Deno.test("children stay until they leave and come only by entering", () => {
  for (const { before, after } of pairs) {
    const [was, is] = [childrenOf(before), childrenOf(after)];
    for (const name of was) {
      if (!is.includes(name)) assertEquals([before.event.verb, before.event.actor], ["leave", name]);
    }
    for (const name of is) {
      if (!was.includes(name)) assertEquals([after.event.verb, after.event.actor], ["enter", name]);
    }
    assertGreater(is.length, 0);
  }
});

Deno.test("things come into a hand only by an event about them", () => {
  for (const [first] of scenes) assertEquals(first!.objects.filter(({ heldBy }) => heldBy), []);
  for (const { before, after } of pairs) {
    for (const { name, heldBy } of after.objects) {
      if (!heldBy || before.objects.some((object) => object.name === name && object.heldBy === heldBy)) continue;
      assert([after.event.object, after.event.target].includes(name), `${name} in ${JSON.stringify(after.event)}`);
    }
  }
});

Deno.test("place and landmarks never change, weather only by an event of its own", () => {
  const large = ({ objects }: ClipartScene) => objects.filter(({ kind }) => kind === "large");
  const byName = (scene: ClipartScene) => large(scene).sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { before, after } of pairs) {
    assertEquals(after.place, before.place);
    assertEquals(byName(after), byName(before));
    if (after.weather !== before.weather) assert(["cover", "rain", "rainbow", "sunset"].includes(after.event.verb));
  }
});

Deno.test("every thing, pose, expression, depth and nearly every event occurs", () => {
  const objects = scenes.flat().flatMap((scene) => scene.objects);
  const seen = (values: unknown[]) => new Set(values.filter((value) => value !== undefined)).size;
  assertEquals(seen(objects.map(({ name }) => name)), 58);
  assertEquals(seen(objects.map(({ pose }) => pose)), poseNames.length);
  assertEquals(seen(objects.map(({ expression }) => expression)), expressions.length);
  assertEquals(seen(objects.map(({ z }) => z)), 3);
  assertEquals(seen(objects.map(({ flip }) => flip)), 2);
  const verbs = seen(scenes.flat().map(({ event }) => event.verb));
  assertGreater(verbs, eventKinds.length - 3);
});
