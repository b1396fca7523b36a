import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { type ClipartScene, levels } from "../../../../src/data/sets/clipart/scene.ts";
import { CAPTION_WORDS } from "../../../../src/data/sets/clipart/captions/frame_captions.ts";
import { eventKinds, FRAMES, writeStory } from "../../../../src/data/sets/clipart/story.ts";
import { poseNames } from "../../../../src/data/sets/clipart/world/poses.ts";
import { expressions, SCENE, things, thingsOf } from "../../../../src/data/sets/clipart/world/objects.ts";
import { tokenize } from "../../../../src/data/store/vocabulary.ts";

const stories = Array.from({ length: 600 }, (_, index) => writeStory(5, "train", index));
const scenes = stories.map((frames) => frames.map(({ scene }) => scene));
const captions = stories.flat().flatMap((frame) => frame.captions);

const childrenOf = (scene: ClipartScene) =>
  scene.objects.filter(({ kind }) => kind === "boy" || kind === "girl").map(({ name }) => name).sort();
/** Every frame with the one before it. */
const pairs = scenes.flatMap((story) => story.slice(1).map((after, t) => ({ before: story[t]!, after })));

Deno.test("the world has 58 objects in the eight kinds of Abstract Scenes", () => {
  const counts = (["sky", "large", "animal", "clothing", "food", "toy"] as const).map((kind) => thingsOf(kind).length);
  assertEquals(counts, [8, 10, 6, 10, 7, 15]);
  assertEquals(Object.keys(things).length + 2, 58); // and the two children
});

Deno.test("writeStory() gives five frames, and the same ones every time", () => {
  for (const frames of stories) assertEquals(frames.length, FRAMES);
  assertEquals(writeStory(5, "train", 17), stories[17]!);
  assert(JSON.stringify(writeStory(6, "train", 17)) !== JSON.stringify(stories[17]!));
  assert(JSON.stringify(writeStory(5, "val", 17)) !== JSON.stringify(stories[17]!));
});

Deno.test("writeStory() gives two different captions of each level to every frame", () => {
  for (const frame of stories.flat()) {
    assertEquals(frame.captions.map(({ level }) => level), levels.flatMap((level) => [level, level]));
    assertGreater(new Set(frame.captions.map(({ text }) => text)).size, 4);
  }
});

Deno.test("captions use at least 250 words and are 3 to 25 words long", () => {
  const lengths = captions.map(({ text }) => tokenize(text).length);
  assertEquals(CAPTION_WORDS, { least: 3, most: 25 });
  assertGreater(Math.min(...lengths), 2);
  assertLess(Math.max(...lengths), 26);
  assertGreater(new Set(captions.flatMap(({ text }) => tokenize(text))).size, 249);
});

Deno.test("captions are whole sentences with the right articles", () => {
  for (const { text } of captions) {
    assert(/^[A-Z][A-Za-z ,]+\.$/.test(text), text);
    assert(!/\b(\w+) \1\b/.test(text), text);
    assert(!/\b[Aa] [aeiou]|\b[Aa]n [^aeiou]|undefined/.test(text), text);
  }
});

Deno.test("captions refer back by pronouns, but never in the first frame's statements", () => {
  const pronoun = /\b(he|she|it|him|her|they)\b(?! (starts|gets dark|is a))/i;
  const statements = (t: number) =>
    stories.flatMap((frames) => frames[t]!.captions.filter(({ level }) => level === "statement"));
  assertEquals(statements(0).filter(({ text }) => pronoun.test(text)), []);
  const back = [1, 2, 3, 4].flatMap(statements).filter(({ text }) => pronoun.test(text));
  assertGreater(back.length, 600);
  assert(back.some(({ text }) => /^(He|She) (gives|hands|returns) it/.test(text)));
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

Deno.test("scene graphs keep every object in the picture, far ones first, and worn things on children", () => {
  for (const { objects } of scenes.flat()) {
    for (const { name, x, y, z, wornBy, heldBy } of objects) {
      assert(x >= 0 && x <= SCENE && y >= 0 && y <= SCENE, `${name} at ${x}, ${y}`);
      const owner = objects.find((object) => object.name === (wornBy ?? heldBy));
      assertEquals(owner === undefined, (wornBy ?? heldBy) === undefined);
      if (wornBy) assert(owner!.wearing!.includes(name) && Math.abs(owner!.x - x) < 16 && owner!.z === z);
    }
    const depths = objects.filter(({ kind, heldBy }) => kind !== "sky" && !heldBy).map(({ z }) => z);
    assertEquals(depths, [...depths].sort((a, b) => b - a));
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
