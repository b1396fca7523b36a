/** Reads the list of a user's own stories and checks each line against the pictures beside it. */
import { counted } from "../../../base/counted.ts";
import { fail } from "../../../base/errors.ts";
import type { Archive } from "../../files/archive.ts";
import { findPath, whyMissing } from "../../files/find_path.ts";
import type { BadInput } from "../source.ts";
import { type Line, readLine } from "./line.ts";

/** Name of the list's file. */
export const LIST = "stories.jsonl";

export type ReadStory = Line;

/**
 * Reads all stories: all of them have the same number of frames, and either all or none have a split.
 *
 * @throws UserError with file and line for an invalid line, unless invalid input is skipped; also when no line is valid
 */
export async function readStories(files: Archive, bad: BadInput): Promise<ReadStory[]> {
  const where = (line: number) => `${files.where}/${LIST}:${line}`;
  const found = new Map<string, { line: number; story: ReadStory }>();
  for (const [line, bytes] of linesOf(await files.read(LIST))) {
    const story = readLine(bytes);
    const problem = typeof story === "string" ? story : firstProblem(story, files, found.get(story.id)?.line);
    if (problem !== undefined) bad.drop(`${where(line)}: ${problem}.`);
    else if (typeof story !== "string") found.set(story.id, { line, story });
  }
  const stories = [...found.values()];
  const length = mostFrequent(stories.map(({ story }) => story.frames.length));
  const divided = mostFrequent(stories.map(({ story }) => story.split !== undefined));
  const alike = stories.filter(({ line, story: { id, frames, split } }) => {
    if (frames.length !== length) {
      bad.drop(`${where(line)}: story "${id}" has ${counted(frames.length, "frame")}, but the others have ${length}.`);
    } else if ((split !== undefined) !== divided) {
      bad.drop(
        `${where(line)}: story "${id}" has ${split ? "a" : "no"} split, but the others have ${
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
function firstProblem(story: ReadStory, files: Archive, lineOfSameId: number | undefined): string | undefined {
  if (lineOfSameId !== undefined) return `the id "${story.id}" is already used in line ${lineOfSameId}`;
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
