import { assertEquals } from "@std/assert";
import { buildVocabulary } from "../../../src/data/store/vocabulary.ts";
import { wordsRead } from "../../../src/runs/sampling/sample_story.ts";

Deno.test("wordsRead() names every word that is unknown or beyond data.words, and shows the rest alone", () => {
  const vocabulary = buildVocabulary(["Mike sees the dog"]);
  assertEquals(wordsRead(vocabulary, ["Mike sees Zoë, the zebra.", "The dog sees."], 3), {
    read: ["Mike sees <unk> …", "The dog sees."],
    unknown: ["zoë"],
    beyond: ["the", "zebra"],
  });
});
