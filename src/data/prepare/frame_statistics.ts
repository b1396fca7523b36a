/** Statistics of the captions, pictures and labels of a data set. */
import { type Manifest, type Split, splits } from "../store/manifest.ts";
import type { Caption } from "../store/scene.ts";
import { tokenize } from "../store/vocabulary.ts";

/** Words of a split that no training caption contains. */
export interface Unknown {
  /** Number of distinct words, and of those that are unknown. */
  words: number;
  unknown: number;
  /** Share of unknown words in all words of the text, with repetitions. */
  share: number;
}

export interface Statistics {
  captions: Manifest["captions"];
  /** Count of each word, the most frequent first. */
  words: [string, number][];
  /** Number of captions by number of words, starting with 0. */
  lengths: number[];
  unknown: Record<"val" | "test", Unknown>;
  /** Distinct frames of each split, and their pictures. */
  splits: Record<Split, { frames: number; pictures: number }>;
  /** Number of frames by number of pictures, starting with 0. */
  clips: number[];
  /** Number of frames with each label. */
  labels: number[];
}

/** Accumulates the statistics of frames; `add` takes a frame and the splits that use it. */
export function frameStatistics() {
  const words = { all: new Map<string, number>(), train: new Map(), val: new Map(), test: new Map() } as Record<
    Split | "all",
    Map<string, number>
  >;
  const bySplit = Object.fromEntries(splits.map((split) => [split, { frames: 0, pictures: 0 }]));
  const [lengths, clips, labelled]: number[][] = [[], [], []];
  let count = 0;
  return {
    add(frame: { captions: Caption[]; labels?: number[] | undefined; pictures: number }, within: Iterable<Split>) {
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
