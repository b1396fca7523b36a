/** What a set of captions amounts to. */
import type { Manifest } from "../manifest.ts";
import type { Caption } from "../scene.ts";
import { tokenize } from "../vocabulary.ts";

/** Counts captions, their words and lengths. */
export function captionStatistics() {
  const words = new Map<string, number>();
  const lengths: number[] = [];
  let count = 0;
  return {
    add(captions: Caption[]) {
      for (const { text } of captions) {
        const tokens = tokenize(text);
        for (const token of tokens) words.set(token, (words.get(token) ?? 0) + 1);
        lengths[tokens.length] = (lengths[tokens.length] ?? 0) + 1;
        count++;
      }
    },
    /** How often each word stands there, the most frequent first. */
    words: (): [string, number][] => [...words].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    /** How many captions have each number of words, from 0 on. */
    lengths: (): number[] => Array.from(lengths, (n) => n ?? 0),
    result: (): Manifest["captions"] => {
      const sum = lengths.reduce((total, n, length) => total + n * length, 0);
      return {
        count,
        vocabulary: words.size,
        shortest: Math.max(0, lengths.findIndex((n) => n > 0)),
        longest: Math.max(0, lengths.length - 1),
        mean: Math.round(sum / count * 100) / 100,
      };
    },
  };
}
