/** What the captions of stories amount to, by their level of detail and word by word. */
import type { Story } from "./stories.ts";
import { tokenize } from "./vocabulary.ts";

/** Captions of one level. */
export interface CaptionLevel {
  /** As the set calls it; "" where captions have no level. */
  level: string;
  /** How many there are, and how many different ones. */
  captions: number;
  different: number;
  /** Mean words of one. */
  words: number;
  /** The first one. */
  example: string;
}

/** Levels in the order in which frames have them. */
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

/** How often each word stands in the captions, the most frequent first, then by the alphabet. */
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
