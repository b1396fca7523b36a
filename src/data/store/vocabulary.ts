/**
 * Words and their numbers.
 *
 * A caption becomes the lower-case `\w+` words it holds; the vocabulary is every word of the training captions, sorted,
 * after two reserved entries. As plain JSON a vocabulary is just its list of words, which is how checkpoints carry it.
 */
import { fail } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";

/** Index 0 fills a caption up to its full length, index 1 stands for every word that training never saw. */
export const PAD = "<pad>";
export const UNKNOWN = "<unk>";

export interface Vocabulary {
  /** Word by number; 0 is `<pad>`, 1 is `<unk>`. */
  words: string[];
  /** Number by word, without the two reserved entries. */
  index: Map<string, number>;
}

export interface Encoded {
  tokens: Int32Array<ArrayBuffer>; // [L], 0 from `length` on
  /** Words kept, at most L. */
  length: number;
  /** Words of the whole text that the vocabulary lacks, each once, in order. */
  unknown: string[];
}

/** Splits a text into lower-case words; punctuation is dropped. */
export function tokenize(text: string): string[] {
  return text.toLowerCase().match(/\w+/g) ?? [];
}

/** The vocabulary of a set of captions: every word once, sorted by code unit. */
export function buildVocabulary(captions: Iterable<string>): Vocabulary {
  const words = new Set<string>();
  for (const caption of captions) for (const word of tokenize(caption)) words.add(word);
  return vocabularyFromWords([PAD, UNKNOWN, ...[...words].sort()]);
}

/**
 * A vocabulary from its list of words, e.g. out of a checkpoint.
 *
 * @throws UserError when the list lacks the two reserved entries or holds a word twice.
 */
export function vocabularyFromWords(words: readonly string[]): Vocabulary {
  if (words[0] !== PAD || words[1] !== UNKNOWN) {
    fail(`A vocabulary starts with "${PAD}", "${UNKNOWN}"; this one starts with ${JSON.stringify(words.slice(0, 2))}.`);
  }
  const index = new Map(words.map((word, number) => [word, number] as const).slice(2));
  if (index.size !== words.length - 2) {
    const twice = words.find((word, number) => words.indexOf(word) !== number);
    fail(`A vocabulary holds each word once; this one holds "${twice}" twice.`);
  }
  return { words: [...words], index };
}

/**
 * Numbers the words of `text`; unknown words become 1 and are named in the result.
 *
 * Of a text of more than `L` words the first `L` are kept, or with a `stream` any `L` in their order: training then sees
 * all of a long text in the long run, and evaluation always the same of it. [AttnGAN]
 */
export function encode(vocabulary: Vocabulary, text: string, L: number, stream?: Random): Encoded {
  const words = tokenize(text);
  const kept = stream && words.length > L ? someOf(words, L, stream) : words.slice(0, L);
  const tokens = new Int32Array(L);
  kept.forEach((word, i) => tokens[i] = vocabulary.index.get(word) ?? 1);
  const unknown = [...new Set(words.filter((word) => !vocabulary.index.has(word)))];
  return { tokens, length: kept.length, unknown };
}

/** `count` of the items, drawn without bias and left in their order. */
function someOf<T>(items: readonly T[], count: number, stream: Random): T[] {
  const drawn = new Set(stream.shuffle(items.map((_, i) => i)).slice(0, count));
  return items.filter((_, i) => drawn.has(i));
}
