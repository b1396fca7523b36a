/**
 * Words and their indices.
 *
 * A caption is split into words of letters, marks and digits of any script, in lower case. The vocabulary is two
 * reserved entries, followed by all words of the training captions, sorted. Checkpoints store it as its list of words,
 * in plain JSON.
 */
import { fail } from "../../base/errors.ts";
import type { Random } from "../../base/random.ts";

/** Index 0 pads a caption to its full length; index 1 stands for every word that no training caption contains. */
export const PAD = "<pad>";
export const UNKNOWN = "<unk>";

export interface Vocabulary {
  /** Word by index; 0 is `<pad>`, 1 is `<unk>`. */
  words: string[];
  /** Index by word, without the two reserved entries. */
  index: Map<string, number>;
}

export interface Encoded {
  tokens: Int32Array<ArrayBuffer>; // [L], 0 after the first `length` entries
  /** Number of words kept, at most L. */
  length: number;
  /** Distinct words of the full text that are not in the vocabulary, in order. */
  unknown: string[];
}

/**
 * A word: letters, marks and digits of any script, and "_". On ASCII text these are the words of `\w+`. A mark alone, such
 * as one that follows a symbol, is no word.
 */
const word = /[\p{L}\p{Nd}_][\p{L}\p{M}\p{Nd}_]*/gu;

/** Characters inside words that change at most their look: soft hyphens, joiners, variation selectors. */
const invisible = /[\u00ad\u200c\u200d\ufe00-\ufe0f]/g;

/** One spelling of each letter: "e" with a mark becomes "é". */
const plain = (text: string) => text.normalize("NFC").replace(invisible, "");

/** A word as the vocabulary has it; lower case can separate a letter from its mark, so it is composed again. */
const lowerCase = (found: string) => found.toLowerCase().normalize("NFC");

/**
 * Splits a text into lower-case words; punctuation is dropped. Equal texts have equal words, whether their letters are
 * composed (NFC) or not (NFD). Scripts without spaces, such as Chinese, need spaces between words.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tokenize } from "./vocabulary.ts";
 *
 * assertEquals(tokenize("Mike kicks the ball."), ["mike", "kicks", "the", "ball"]);
 * assertEquals(tokenize("Zoë mag Größe 2."), ["zoë", "mag", "größe", "2"]);
 * ```
 */
export function tokenize(text: string): string[] {
  return plain(text).match(word)?.map(lowerCase) ?? [];
}

/**
 * Builds the vocabulary of captions: every word once, sorted by code unit.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { buildVocabulary } from "./vocabulary.ts";
 *
 * const { words } = buildVocabulary(["Mike kicks the ball.", "Jenny has the ball."]);
 * assertEquals(words, ["<pad>", "<unk>", "ball", "has", "jenny", "kicks", "mike", "the"]);
 * ```
 */
export function buildVocabulary(captions: Iterable<string>): Vocabulary {
  const words = new Set<string>();
  for (const caption of captions) for (const word of tokenize(caption)) words.add(word);
  return vocabularyFromWords([PAD, UNKNOWN, ...[...words].sort()]);
}

/**
 * Builds a vocabulary from its list of words, for example one stored in a checkpoint.
 *
 * @throws UserError when the list does not start with the two reserved entries, or contains a word twice
 */
export function vocabularyFromWords(words: readonly string[]): Vocabulary {
  if (words[0] !== PAD || words[1] !== UNKNOWN) {
    fail(
      `This list of words is not a vocabulary: it starts with ${
        JSON.stringify(words.slice(0, 2))
      }, but the first two ` +
        `entries must be "${PAD}" and "${UNKNOWN}". Use the list as a checkpoint stores it.`,
    );
  }
  const index = new Map(words.map((word, i) => [word, i] as const).slice(2));
  if (index.size !== words.length - 2) {
    const twice = words.find((word, i) => words.indexOf(word) !== i);
    fail(`This list of words is not a vocabulary: it contains "${twice}" twice. Remove one of both.`);
  }
  return { words: [...words], index };
}

/**
 * Converts the words of `text` to their indices; unknown words become 1 and are listed in the result.
 *
 * Of a text with more than `L` words the first `L` are kept or, with a `stream`, a random choice of `L` words in their
 * order. Over many steps training thus uses every word of a long text, while evaluation always uses the same ones, as
 * AttnGAN does (Xu et al., 2018).
 *
 * @param L length of the result
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { buildVocabulary, encode } from "./vocabulary.ts";
 *
 * const vocabulary = buildVocabulary(["the ball"]); // <pad>, <unk>, ball, the
 * const { tokens, length, unknown } = encode(vocabulary, "The red ball.", 5);
 * assertEquals([...tokens], [3, 1, 2, 0, 0]);
 * assertEquals([length, unknown], [3, ["red"]]);
 * ```
 */
export function encode(vocabulary: Vocabulary, text: string, L: number, stream?: Random): Encoded {
  const words = tokenize(text);
  const kept = stream && words.length > L ? someOf(words, L, stream) : words.slice(0, L);
  const tokens = new Int32Array(L);
  kept.forEach((word, i) => tokens[i] = vocabulary.index.get(word) ?? 1);
  const unknown = [...new Set(words.filter((word) => !vocabulary.index.has(word)))];
  return { tokens, length: kept.length, unknown };
}

/**
 * The text as a model reads it: the first `L` words with what is between them, and `<unk>` for each unknown word.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { buildVocabulary, readText } from "./vocabulary.ts";
 *
 * assertEquals(readText(buildVocabulary(["the ball"]), "The red ball, the end.", 4), "The <unk> ball, the …");
 * ```
 */
export function readText(vocabulary: Vocabulary, text: string, L: number): string {
  const whole = plain(text);
  const found = [...whole.matchAll(word)];
  let [read, from] = ["", 0];
  for (const { 0: one, index } of found.slice(0, L)) {
    read += whole.slice(from, index) + (vocabulary.index.has(lowerCase(one)) ? one : UNKNOWN);
    from = index + one.length;
  }
  return read + (found.length > L ? " …" : whole.slice(from));
}

/** A uniformly random choice of `count` items, in their original order. */
function someOf<T>(items: readonly T[], count: number, stream: Random): T[] {
  const chosen = new Set(stream.shuffle(items.map((_, i) => i)).slice(0, count));
  return items.filter((_, i) => chosen.has(i));
}
