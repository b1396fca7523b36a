import { assertEquals } from "@std/assert";
import { captionLevels, wordCounts } from "../../../src/data/store/caption_statistics.ts";
import type { Story } from "../../../src/data/mod.ts";

const story = (...captions: { text: string; level?: string }[]): Story => ({
  id: "train-00000",
  split: "train",
  index: 0,
  frames: [{ id: "train-00000/0", pictures: { first: 0, count: 1 }, captions }],
});

Deno.test("captionLevels() counts captions, distinct captions and words for each level", () => {
  const stories = [
    story({ level: "place", text: "At the beach." }, { level: "action", text: "Mike runs." }),
    story({ level: "place", text: "At the beach." }, { level: "place", text: "It is a park again." }),
  ];
  assertEquals(captionLevels(stories), [
    { level: "place", captions: 3, different: 2, words: 11 / 3, example: "At the beach." },
    { level: "action", captions: 1, different: 1, words: 2, example: "Mike runs." },
  ]);
  assertEquals(captionLevels([story({ text: "A dog." })])[0]!.level, "");
});

Deno.test("wordCounts() splits words as the vocabulary does, the most frequent first", () => {
  assertEquals(wordCounts([story({ text: "The dog, the cat!" }), story({ text: "A cat" })]), [
    { word: "cat", count: 2 },
    { word: "the", count: 2 },
    { word: "a", count: 1 },
    { word: "dog", count: 1 },
  ]);
});
