import { assertEquals } from "@std/assert";
import { openStorySet, prepareSet } from "../../src/data/mod.ts";
import { trainingVocabulary } from "../../src/runs/workplace.ts";
import { withFolder } from "../runs/help.ts";
import { sideOf } from "./ceiling.ts";

Deno.test("sideOf() marks the words of each sentence and the objects of each frame", () =>
  withFolder(async (root) => {
    await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root });
    const set = await openStorySet("clipart", root);
    const vocabulary = trainingVocabulary(set);
    const stories = set.split("train").slice(0, 2);
    const word = vocabulary.words[5]!;
    const side = sideOf(set, vocabulary, stories, () => [word, "", "", "", `${word} ${word}`]);
    const [words, objects, colours] = [side.words, side.objects, side.colours].map(({ data }) => data as Float32Array);
    const V = vocabulary.words.length;
    const marked = [...words!].flatMap((value, i) => value === 0 ? [] : [[value, Math.floor(i / V), i % V]]);
    assertEquals(marked, [[1, 0, 5], [1, 4, 5], [1, 5, 5], [1, 9, 5]]); // frames 1 and 5 of both stories
    const K = objects!.length / 10;
    const perFrame = Array.from({ length: 10 }, (_, n) => objects!.slice(n * K, (n + 1) * K).reduce((a, b) => a + b));
    const frames = stories.flatMap((story) => story.frames);
    assertEquals(perFrame.every((n, i) => n > 0 && n <= frames[i]!.scene!.objects!.length), true);
    assertEquals([colours!.length, colours!.every((c) => c >= 0 && c <= 255)], [10 * 6, true]);
  }));
