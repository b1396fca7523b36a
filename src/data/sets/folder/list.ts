/** Reads the list of a user's own stories and checks each line against the pictures beside it. */
import { fail } from "../../../base/errors.ts";
import { reason } from "../../../base/files.ts";
import { counted } from "../../../base/text.ts";
import type { Archive } from "../../files/archive.ts";
import { findPath, whyMissing } from "../../files/find_path.ts";
import type { BadInput } from "../source.ts";
import { type Line, readArray, readLine, readValue } from "./line.ts";

/** Name of the list's file. */
export const LIST = "stories.jsonl";

export type ReadStory = Line;

/**
 * Reads all stories, one in each line or all in one JSON array: all of them have the same number of frames, and either
 * all or none have a split.
 *
 * @throws UserError with file and line for an invalid line, unless invalid input is skipped; also when no line is valid
 */
export async function readStories(files: Archive, bad: BadInput): Promise<ReadStory[]> {
  const { unit, entries } = entriesOf(await files.read(LIST), `${files.where}/${LIST}`);
  const where = (number: number) => `${files.where}/${LIST}${unit === "line" ? ":" : ", entry "}${number}`;
  const found = new Map<string, { number: number; story: ReadStory }>();
  for (const [number, story] of entries) {
    const same = typeof story === "string" ? undefined : found.get(story.id);
    const problem = typeof story === "string" ? story : firstProblem(story, files, same && `${unit} ${same.number}`);
    if (problem !== undefined) bad.drop(`${where(number)}: ${problem}.`);
    else if (typeof story !== "string") found.set(story.id, { number, story });
  }
  const stories = [...found.values()];
  const length = mostFrequent(stories.map(({ story }) => story.frames.length));
  const divided = mostFrequent(stories.map(({ story }) => story.split !== undefined));
  const alike = stories.filter(({ number, story: { id, frames, split } }) => {
    if (frames.length !== length) {
      bad.drop(
        `${where(number)}: story "${id}" has ${counted(frames.length, "frame")}, but the others have ${length}.`,
      );
    } else if ((split !== undefined) !== divided) {
      bad.drop(
        `${where(number)}: story "${id}" has ${split ? "a" : "no"} split, but the others have ${
          divided ? "one" : "none"
        }.`,
      );
    } else return true;
    return false;
  });
  if (alike.length === 0) {
    fail(`"${files.where}/${LIST}" has no valid story; data/readme.md describes a valid line.`);
  }
  return alike.map(({ story }) => story);
}

/** The first error of a story with respect to the other lines and the pictures; also normalises its paths. */
function firstProblem(story: ReadStory, files: Archive, placeOfSameId: string | undefined): string | undefined {
  if (placeOfSameId !== undefined) return `the id "${story.id}" is already used in ${placeOfSameId}`;
  for (const [t, frame] of story.frames.entries()) {
    for (const [i, path] of frame.images.entries()) {
      if (path.includes("\\")) return `frames.${t}: expected "/" between the folders of "${path}", not "\\"`;
      const plain = plainPath(path);
      if (plain === undefined) return `frames.${t}: the path "${path}" leaves the folder`;
      const found = findPath(files, plain);
      if (found === undefined) return `frames.${t}: there is no picture "${path}"${whyMissing(files, plain)}`;
      frame.images[i] = found;
    }
  }
}

/** A path without "." and "..", or undefined if it leads out of the folder. */
function plainPath(path: string): string | undefined {
  if (path.startsWith("/") || /^[a-z]:/i.test(path)) return undefined;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** A story with its number, starting with 1; a string, the end of an error message, for an invalid one. */
type Entry = [number: number, story: ReadStory | string];

/** The stories of a list: one in each line, or the entries of one JSON array. @throws UserError for a damaged array. */
function entriesOf(bytes: Uint8Array, path: string): { unit: "line" | "entry"; entries: Iterable<Entry> } {
  let array: unknown[] | undefined;
  try {
    array = readArray(bytes);
  } catch (error) {
    fail(
      `"${path}" begins like a JSON array, but is none (${
        reason(error)
      }); write one array of stories, or each story on ` +
        `a line of its own.`,
      error,
    );
  }
  if (array) return { unit: "entry", entries: array.map((value, i) => [i + 1, readValue(value)]) };
  return { unit: "line", entries: [...linesOf(bytes)].map(([line, text]) => [line, readLine(text)]) };
}

/** Lines with their numbers, starting with 1, without line ends; blank lines are omitted. */
function* linesOf(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  let number = 0;
  for (let from = 0; from < bytes.length;) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(from, to);
    number++;
    if (line.some((byte) => byte > 32)) yield [number, line];
    from = to + 1;
  }
}

/** The most frequent value; the first of several. */
function mostFrequent<T>(values: T[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce<[T, number] | undefined>((a, b) => a && a[1] >= b[1] ? a : b, undefined)?.[0];
}
