/** Statistics of the captions of stories: by level of detail, and by word. */
import type { Story } from "./stories.ts";
import { tokenize } from "./vocabulary.ts";

/** Statistics of the captions of one level. */
export interface CaptionLevel {
  /** Name of the level; "" where captions have none. */
  level: string;
  /** Number of captions, and of distinct ones. */
  captions: number;
  different: number;
  /** Mean number of words of a caption. */
  words: number;
  /** The first caption of the level. */
  example: string;
}

/**
 * Describes the captions of each level, in the order in which the levels occur.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { captionLevels, type Story } from "../mod.ts";
 *
 * const captions = [{ text: "Mike runs." }, { text: "Mike runs to the big tree." }];
 * const frames = [{ id: "a/0", pictures: { first: 0, count: 1 }, captions }];
 * const stories: Story[] = [{ id: "a", split: "train", index: 0, frames }];
 * assertEquals(captionLevels(stories), [
 *   { level: "", captions: 2, different: 2, words: 4, example: "Mike runs." },
 * ]);
 * ```
 */
export function captionLevels(stories: Story[]): CaptionLevel[] {
  const levels = new Map<string, string[]>();
  for (const { level = "", text } of captionsOf(stories)) {
    const texts = levels.get(level);
    if (texts) texts.push(text);
    else levels.set(level, [text]);
  }
  return [...levels].map(([level, texts]) => ({
    level,
    captions: texts.length,
    different: new Set(texts).size,
    words: texts.reduce((sum, text) => sum + tokenize(text).length, 0) / texts.length,
    example: texts[0]!,
  }));
}

/**
 * Counts each word of the captions; the most frequent word comes first, equally frequent ones in alphabetical order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Story, wordCounts } from "../mod.ts";
 *
 * const captions = [{ text: "Mike runs." }, { text: "Jenny runs." }];
 * const frames = [{ id: "a/0", pictures: { first: 0, count: 1 }, captions }];
 * const stories: Story[] = [{ id: "a", split: "train", index: 0, frames }];
 * assertEquals(wordCounts(stories)[0], { word: "runs", count: 2 });
 * ```
 */
export function wordCounts(stories: Story[]): { word: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { text } of captionsOf(stories)) {
    for (const word of tokenize(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => ({ word, count }))
    .sort((a, b) => b.count - a.count || (a.word < b.word ? -1 : 1));
}

function captionsOf(stories: Story[]) {
  return stories.flatMap(({ frames }) => frames.flatMap(({ captions }) => captions));
}
