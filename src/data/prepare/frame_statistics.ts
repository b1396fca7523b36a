/** What the captions, pictures and labels of a set amount to. */
import { type Manifest, type Split, splits } from "../store/manifest.ts";
import type { Caption } from "../store/scene.ts";
import { tokenize } from "../store/vocabulary.ts";

/** How much of a split's text is in words that no training caption has. */
export interface Unknown {
  /** Different words, and those that are unknown. */
  words: number;
  unknown: number;
  /** Share of the running text that is unknown words. */
  share: number;
}

export interface Statistics {
  captions: Manifest["captions"];
  /** How often each word stands there, the most frequent first. */
  words: [string, number][];
  /** How many captions have each number of words, from 0 on. */
  lengths: number[];
  unknown: Record<"val" | "test", Unknown>;
  /** Different frames of each split, and their pictures. */
  splits: Record<Split, { frames: number; pictures: number }>;
  /** How many frames have each number of pictures, from 0 on. */
  clips: number[];
  /** How many frames have each label. */
  labels: number[];
}

/** Counts frames, each with the splits that it stands in. */
export function frameStatistics() {
  const words = { all: new Map<string, number>(), train: new Map(), val: new Map(), test: new Map() } as Record<
    Split | "all",
    Map<string, number>
  >;
  const bySplit = Object.fromEntries(splits.map((split) => [split, { frames: 0, pictures: 0 }]));
  const [lengths, clips, labelled]: number[][] = [[], [], []];
  let count = 0;
  return {
    add(frame: { captions: Caption[]; labels?: number[]; pictures: number }, within: Iterable<Split>) {
      const tokens = frame.captions.map(({ text }) => tokenize(text));
      for (const { length } of tokens) tally(lengths!, length);
      count += tokens.length;
      for (const list of [words.all, ...[...within].map((split) => words[split])]) {
        for (const token of tokens.flat()) list.set(token, (list.get(token) ?? 0) + 1);
      }
      for (const split of within) {
        bySplit[split]!.frames++;
        bySplit[split]!.pictures += frame.pictures;
      }
      tally(clips!, frame.pictures);
      frame.labels?.forEach((there, i) => labelled![i] = (labelled![i] ?? 0) + (there ? 1 : 0));
    },
    result(): Statistics {
      const sum = lengths!.reduce((total, n, length) => total + n * length, 0);
      return {
        captions: {
          count,
          vocabulary: words.all.size,
          shortest: Math.max(0, lengths!.findIndex((n) => n > 0)),
          longest: Math.max(0, lengths!.length - 1),
          mean: Math.round(sum / Math.max(1, count) * 100) / 100,
        },
        words: [...words.all].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
        lengths: Array.from(lengths!, (n) => n ?? 0),
        unknown: { val: unknownTo(words.train, words.val), test: unknownTo(words.train, words.test) },
        splits: bySplit as Statistics["splits"],
        clips: Array.from(clips!, (n) => n ?? 0),
        labels: labelled!,
      };
    },
  };
}

function tally(counts: number[], value: number): void {
  counts[value] = (counts[value] ?? 0) + 1;
}

function unknownTo(known: Map<string, number>, words: Map<string, number>): Unknown {
  const strange = [...words].filter(([word]) => !known.has(word));
  const running = (list: Iterable<[string, number]>) => [...list].reduce((sum, [, n]) => sum + n, 0);
  return { words: words.size, unknown: strange.length, share: running(strange) / Math.max(1, running(words)) };
}
