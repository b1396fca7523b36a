/** What a set of captions amounts to, for its manifest. */
import type { Manifest } from "../manifest.ts";
import { type Frame, levels } from "../scene.ts";
import { tokenize } from "../vocabulary.ts";

/** Counts captions by level, their words and lengths. */
export function captionStatistics() {
  const words = new Set<string>();
  const byLevel = Object.fromEntries(levels.map((level) => [level, 0]));
  let [count, sum, shortest, longest, perFrame] = [0, 0, Infinity, 0, 0];
  return {
    add({ captions }: Frame) {
      perFrame = captions.length;
      for (const { text, level } of captions) {
        const tokens = tokenize(text);
        for (const token of tokens) words.add(token);
        byLevel[level]!++;
        count++;
        sum += tokens.length;
        shortest = Math.min(shortest, tokens.length);
        longest = Math.max(longest, tokens.length);
      }
    },
    result: (): Manifest["captions"] => ({
      count,
      perFrame,
      levels: byLevel,
      vocabulary: words.size,
      shortest,
      longest,
      mean: Math.round(sum / count * 100) / 100,
    }),
  };
}
