/**
 * Reads `TuplesText1_10020.txt` and `…2_10020.txt`: what an author's sentences state, as predicate and arguments.
 *
 * A line is scene, sentence and the words of one tuple, with tabs between; a sentence may have several.
 */
import type { BadInput } from "../source.ts";
import { numberedLine, SENTENCES } from "./sentences.ts";
import { plainSentence, textLines } from "./text_lines.ts";

/** The tuples of one author by {@link tupleKey}. */
export type Tuples = Map<number, string[][]>;

/** One number for sentence 0 to 2 of a scene. */
export function tupleKey(scene: number, sentence: number): number {
  return scene * SENTENCES + sentence;
}

/**
 * One author's tuples.
 *
 * @throws UserError with file and line unless bad input is to be skipped: then the line is left out.
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
    if (words.includes(undefined)) bad.drop(`${where} line ${i + 1}: a word holds control characters.`);
    else if (words.length > 0 && line.sentence < SENTENCES) {
      const key = tupleKey(line.scene, line.sentence);
      tuples.set(key, [...tuples.get(key) ?? [], words as string[]]);
    }
  }
  return tuples;
}
