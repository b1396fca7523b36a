/**
 * Reads the sentences: `SimpleSentences1_10020.txt` and `…2_10020.txt`, three sentences a scene by one author each, and
 * `Sentences_1002.txt`, one sentence a set, from which its ten scenes were made.
 */
import type { BadInput } from "../source.ts";
import { SCENES, SETS } from "./scenes.ts";
import { plainSentence, textLines, wholeNumber } from "./text_lines.ts";

/** Sentences an author wrote for a scene. */
export const SENTENCES = 3;

export interface Sentences {
  /** By the scene's number, 10 × set + place: up to three texts, by their numbers. */
  byScene: Map<number, (string | undefined)[]>;
  /** Sentences with a number above 2, left out as the public loaders do. */
  surplus: number;
}

/** A line that starts with the numbers of a scene and of a sentence: what follows them, or what is wrong. */
export interface NumberedLine {
  scene: number;
  sentence: number;
  rest: string[];
}

/** Splits such a line at its tabs; a string says what is wrong. */
export function numberedLine(text: string): NumberedLine | string {
  const [sceneText, sentenceText, ...rest] = text.split("\t");
  const scene = wholeNumber(sceneText!.trim(), 0, SETS * SCENES - 1);
  const sentence = wholeNumber(sentenceText?.trim(), 0, 999);
  if (scene === undefined) return `"${sceneText!.trim().slice(0, 40)}" is no scene (0 to ${SETS * SCENES - 1})`;
  if (sentence === undefined) return `"${(sentenceText ?? "").trim().slice(0, 40)}" is no number of a sentence`;
  return { scene, sentence, rest };
}

/**
 * One author's sentences.
 *
 * @throws UserError with file and line unless bad input is to be skipped: then the line is left out.
 */
export function readSentences(bytes: Uint8Array, where: string, bad: BadInput): Sentences {
  const byScene: Sentences["byScene"] = new Map();
  let surplus = 0;
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
    if (!sentence) drop(sentence === undefined ? "the sentence holds control characters" : "the sentence is missing");
    else if (line.sentence >= SENTENCES) surplus++;
    else if (there[line.sentence] !== undefined) {
      drop(`sentence ${line.sentence} of scene ${line.scene} is there a second time`);
    } else {
      there[line.sentence] = sentence;
      byScene.set(line.scene, there);
    }
  }
  return { byScene, surplus };
}

/**
 * The sentence each set began with, by the set's number; empty where there is none.
 *
 * @throws UserError with file and line unless bad input is to be skipped: then that set has none.
 */
export function readSeedSentences(bytes: Uint8Array, where: string, bad: BadInput): string[] {
  const lines = textLines(bytes, where);
  while (lines.at(-1)?.trim() === "") lines.pop();
  if (lines.length > SETS) bad.drop(`${where} line ${SETS + 1}: there are only ${SETS} sets.`);
  return lines.slice(0, SETS).map((text, i) => {
    const sentence = plainSentence(text.replaceAll("\t", " "));
    if (sentence === undefined) bad.drop(`${where} line ${i + 1}: the sentence holds control characters.`);
    return sentence ?? "";
  });
}
