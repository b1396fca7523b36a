/**
 * Reads the sentences: `SimpleSentences1_10020.txt` and `…2_10020.txt`, three sentences per scene, each file by another
 * author, and `Sentences_1002.txt`, one sentence per set, which its ten scenes illustrate.
 */
import type { BadInput } from "../source.ts";
import { SCENES, SETS } from "./scenes.ts";
import { plainSentence, textLines, wholeNumber } from "./text_lines.ts";

/** Number of sentences that an author wrote for a scene. */
export const SENTENCES = 3;

export interface Sentences {
  /** Up to three sentences by their numbers, for each scene by its number, 10 × set + index. */
  byScene: Map<number, (string | undefined)[]>;
  /** File and line of each sentence with a number above 2; these are skipped as in public loaders. */
  surplus: string[];
}

/** A line that starts with the numbers of a scene and of a sentence; `rest` are the other fields. */
export interface NumberedLine {
  scene: number;
  sentence: number;
  rest: string[];
}

/** Splits such a line at its tabs; returns a string, the error, when it is not valid. */
export function numberedLine(text: string): NumberedLine | string {
  const [sceneText, sentenceText, ...rest] = text.split("\t");
  const scene = wholeNumber(sceneText!.trim(), 0, SETS * SCENES - 1);
  const sentence = wholeNumber(sentenceText?.trim(), 0, 999);
  if (scene === undefined) {
    return `"${sceneText!.trim().slice(0, 40)}" is not the number of a scene (0 to ${SETS * SCENES - 1})`;
  }
  if (sentence === undefined) return `"${(sentenceText ?? "").trim().slice(0, 40)}" is not the number of a sentence`;
  return { scene, sentence, rest };
}

/**
 * Reads the sentences of one author.
 *
 * @throws UserError with file and line for an invalid line, unless invalid input is skipped
 */
export function readSentences(bytes: Uint8Array, where: string, bad: BadInput): Sentences {
  const byScene: Sentences["byScene"] = new Map();
  const surplus: string[] = [];
  for (const [i, text] of textLines(bytes, where).entries()) {
    if (text.trim() === "") continue;
    const drop = (what: string) => bad.drop(`${where} line ${i + 1}: ${what}.`);
    const line = numberedLine(text);
    if (typeof line === "string") {
      drop(line);
      continue;
    }
    const sentence = plainSentence(line.rest.join(" "));
    const there = byScene.get(line.scene) ?? [];
    if (!sentence) drop(sentence === undefined ? "the sentence has control characters" : "the sentence is missing");
    else if (line.sentence >= SENTENCES) surplus.push(`${where} line ${i + 1}`);
    else if (there[line.sentence] !== undefined) {
      drop(`sentence ${line.sentence} of scene ${line.scene} occurs a second time`);
    } else {
      there[line.sentence] = sentence;
      byScene.set(line.scene, there);
    }
  }
  return { byScene, surplus };
}

/**
 * Reads the sentence of each set, by the number of the set; "" for a blank line.
 *
 * @throws UserError with file and line for an invalid line; if invalid input is skipped, that set has "" instead
 */
export function readSeedSentences(bytes: Uint8Array, where: string, bad: BadInput): string[] {
  const lines = textLines(bytes, where);
  while (lines.at(-1)?.trim() === "") lines.pop();
  if (lines.length > SETS) bad.drop(`${where} line ${SETS + 1}: expected at most ${SETS} lines, one for each set.`);
  return lines.slice(0, SETS).map((text, i) => {
    const sentence = plainSentence(text.replaceAll("\t", " "));
    if (sentence === undefined) bad.drop(`${where} line ${i + 1}: the sentence has control characters.`);
    return sentence ?? "";
  });
}
