/**
 * Stories before they are split: windows of five clips that follow one another in an episode, one clip apart.
 *
 * The published id lists count windows in the order of img_cache4.npy. Where that file is missing, the order is the one
 * in which the published loaders make it: episodes and then files sorted by name as text, so 1, 10, 11, 2.
 */
import { fail } from "../../../base/errors.ts";
import { isKind, type NumpyArray, type PythonValue } from "../../../formats/python/values.ts";
import type { BadInput } from "../source.ts";
import {
  clipKey,
  compareText,
  episodeKey,
  episodeOf,
  type Layout,
  numberOf,
  readArray,
  readDictionary,
} from "./files.ts";

/** Clips of a story. */
export const LENGTH = 5;

/** More clips than any episode has; a file that says so is damaged. */
const mostClips = 10_000;

/** Keys of the five clips of each window; undefined where a row of the files is none. */
export type Windows = (string[] | undefined)[];

/** How many clips each episode has, by key: what frames_counter.npy says, or the highest number of a strip. */
export async function readCounts(layout: Layout, bad: BadInput): Promise<Map<string, number>> {
  const counts = new Map([...layout.episodes].map(([episode, numbers]) => [episode, numbers.at(-1)!]));
  const counter = await readDictionary(layout, "frames_counter.npy");
  for (const [name, value] of counter?.entries ?? []) {
    const episode = episodeKey(name);
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > mostClips) {
      fail(
        `${counter!.where} says that "${episode ?? name}" has ${shown(value)} clips; 0 to ${mostClips} were expected.`,
      );
    }
    if (episode !== undefined && counts.has(episode)) counts.set(episode, value);
    else bad.drop(`${counter!.where} counts the clips of "${episode ?? shown(name)}", which has no folder of strips.`);
  }
  return counts;
}

/** Every window of every episode, in the order of the episode. */
export function allWindows(counts: Map<string, number>): string[][] {
  return [...counts].flatMap(([episode, count]) =>
    Array.from({ length: Math.max(0, count - LENGTH + 1) }, (_, i) => windowAt(episode, i + 1))
  );
}

/** The windows in the order that the published id lists count. */
export function publishedWindows({ episodes }: Pick<Layout, "episodes">, counts: Map<string, number>): string[][] {
  return [...episodes].flatMap(([episode, numbers]) =>
    numbers.filter((number) => number <= counts.get(episode)! - LENGTH + 1)
      .sort((a, b) => compareText(`${a}.png`, `${b}.png`))
      .map((number) => windowAt(episode, number))
  );
}

function windowAt(episode: string, first: number): string[] {
  return Array.from({ length: LENGTH }, (_, i) => `${episode}/${first + i}`);
}

/** The windows of img_cache4.npy and following_cache4.npy, or undefined where neither is there. */
export async function cachedWindows(layout: Layout, bad: BadInput): Promise<Windows | undefined> {
  const [first, following] = [
    await readArray(layout, "img_cache4.npy"),
    await readArray(layout, "following_cache4.npy"),
  ];
  if (!first && !following) return undefined;
  if (!first || !following) {
    const [here, missing] = first ? ["img", "following"] : ["following", "img"];
    fail(
      `"${layout.archive.where}" has ${here}_cache4.npy and no ${missing}_cache4.npy: bring the other too, or move ` +
        `this one away, and the stories are counted from the strips.`,
    );
  }
  const followers = rowsOf(following.array, following.where);
  if (first.array.data.length !== followers.length) {
    fail(
      `${first.where} has ${first.array.data.length} stories and ${following.where} ${followers.length}; ` +
        `they belong together and must have as many.`,
    );
  }
  const seen = new Set<string>();
  return [...first.array.data].map((start, row) => {
    const clips = [start, ...followers[row]!].map(clipKey);
    const expected = clips[0] === undefined ? [] : windowAt(episodeOf(clips[0]), numberOf(clips[0]));
    const at = `${first.where} with ${following.where}, row ${row}`;
    if (clips.length !== LENGTH || expected.some((key, i) => key !== clips[i]) || expected.length === 0) {
      bad.drop(
        `${at}: ${LENGTH} clips that follow one another in an episode were expected, not ${shown(start)} there.`,
      );
    } else if (seen.has(expected[0]!)) bad.drop(`${at}: the story of "${expected[0]}" is there twice.`);
    else return seen.add(expected[0]!) && expected;
  });
}

/** A list of lists, whether numpy made one array of it, an array of lists, or none. */
export function rowsOf({ shape, data }: NumpyArray, where: string): PythonValue[][] {
  const items = [...data];
  if (shape.length === 2) {
    return Array.from({ length: shape[0]! }, (_, i) => items.slice(i * shape[1]!, (i + 1) * shape[1]!));
  }
  const rows = shape.length === 0 && Array.isArray(items[0]) ? items[0] : items;
  return rows.map((row) =>
    Array.isArray(row) ? row : isKind(row, "array") ? [...row.data] : fail(`${where} is no list of lists.`)
  );
}

/** A value in a message. */
export function shown(value: PythonValue | undefined): string {
  if (typeof value === "string") return `"${value.slice(0, 80)}"`;
  return typeof value === "object" ? "something else" : String(value);
}
