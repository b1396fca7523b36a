/**
 * Reads `TuplesText1_10020.txt` and `…2_10020.txt`: the predicates and arguments of an author's sentences.
 *
 * A line consists of scene, sentence and the words of one tuple, separated by tabs; a sentence may have several tuples.
 */
import type { BadInput } from "../source.ts";
import { numberedLine, SENTENCES } from "./sentences.ts";
import { plainSentence, textLines } from "./text_lines.ts";

/** The tuples of one author, by {@link tupleKey}. */
export type Tuples = Map<number, string[][]>;

/** The key of sentence 0 to 2 of a scene. */
export function tupleKey(scene: number, sentence: number): number {
  return scene * SENTENCES + sentence;
}

/**
 * Reads the tuples of one author.
 *
 * @throws UserError with file and line for an invalid line, unless invalid input is skipped
 */
export function readTuples(bytes: Uint8Array, where: string, bad: BadInput): Tuples {
  const tuples: Tuples = new Map();
  for (const [i, text] of textLines(bytes, where).entries()) {
    if (text.trim() === "") continue;
    const line = numberedLine(text);
    if (typeof line === "string") {
      bad.drop(`${where} line ${i + 1}: ${line}.`);
      continue;
    }
    const words = line.rest.map(plainSentence).filter((word) => word !== "");
    if (words.includes(undefined)) bad.drop(`${where} line ${i + 1}: a word has control characters.`);
    else if (words.length > 0 && line.sentence < SENTENCES) {
      const key = tupleKey(line.scene, line.sentence);
      tuples.set(key, [...tuples.get(key) ?? [], words as string[]]);
    }
  }
  return tuples;
}
