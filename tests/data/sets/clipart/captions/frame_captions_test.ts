import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { CAPTION_WORDS } from "../../../../../src/data/sets/clipart/captions/frame_captions.ts";
import { levels } from "../../../../../src/data/sets/clipart/scene.ts";
import { writeStory } from "../../../../../src/data/sets/clipart/story.ts";
import { tokenize } from "../../../../../src/data/store/vocabulary.ts";

const stories = Array.from({ length: 600 }, (_, index) => writeStory(5, "train", index));
const captions = stories.flat().flatMap((frame) => frame.captions);

Deno.test("captionsOf() writes two different captions of each level for every frame", () => {
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
