/**
 * Stories before they are split: windows of five consecutive clips of an episode, with a stride of one clip.
 *
 * The published id lists are indices into img_cache4.npy. Where that file is missing, the windows are put in the order
 * in which the published loaders create it: episodes and then files sorted by name as text, so 1, 10, 11, 2. They are
 * numbered by the number of clips, not by the strips that are there, so that a missing strip shifts no index.
 */
import { fail } from "../../../base/errors.ts";
import { isKind, type NumpyArray, type PythonValue } from "../../../formats/python/values.ts";
import type { BadInput } from "../source.ts";
import {
  clipKey,
  compareEpisodes,
  compareText,
  episodeKey,
  episodeOf,
  numberOf,
  type PororoFiles,
  readArray,
  readDictionary,
} from "./files.ts";

/** Number of clips of a story. */
export const LENGTH = 5;

/** Largest plausible number of clips of an episode; a file with a larger number is damaged. */
const mostClips = 10_000;

/** Keys of the five clips of each window; undefined for an invalid row of the files. */
export type Windows = (string[] | undefined)[];

/** Numbers of clips. */
export interface ClipCounts {
  /** By the key of the episode: from frames_counter.npy, or otherwise the highest number of a strip. */
  of: Map<string, number>;
  /** The episodes whose number frames_counter.npy gives. */
  stated: Set<string>;
}

/** The number of clips of each episode, also of those that have no strips here. */
export async function readCounts(files: PororoFiles, bad: BadInput): Promise<ClipCounts> {
  const stated = new Set<string>();
  const counts = new Map([...files.episodes].map(([episode, numbers]) => [episode, numbers.at(-1)!]));
  const counter = await readDictionary(files, "frames_counter.npy");
  for (const [name, value] of counter?.entries ?? []) {
    const episode = episodeKey(name);
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > mostClips) {
      fail(
        `${counter!.where} gives ${shown(value)} as the number of clips of "${episode ?? name}", expected 0 to ` +
          `${mostClips}; replace it by the published file.`,
      );
    }
    if (episode === undefined || !counts.has(episode)) {
      bad.drop(
        `${counter!.where} has a number of clips for "${episode ?? shown(name)}", which has no folder of strips.`,
      );
    }
    if (episode !== undefined) stated.add(episode) && counts.set(episode, value);
  }
  return { of: counts, stated };
}

/** All windows of the episodes that have strips, in the order of the clips. */
export function allWindows({ episodes }: Pick<PororoFiles, "episodes">, counts: ClipCounts): string[][] {
  return [...episodes.keys()].flatMap((episode) =>
    starts(counts.of.get(episode)!).map((number) => windowAt(episode, number))
  );
}

/**
 * All windows, in the order to which the published id lists refer.
 *
 * @param captioned keys of the clips that have captions
 * @throws UserError when captions show that the last strip of an episode without a stated number of clips is missing, so
 *   that the windows after it would be numbered wrong; unless invalid input is skipped
 */
export function publishedWindows(counts: ClipCounts, captioned: Iterable<string>, bad: BadInput): string[][] {
  for (const key of captioned) {
    const last = counts.of.get(episodeOf(key));
    if (last === undefined || counts.stated.has(episodeOf(key)) || numberOf(key) <= last) continue;
    bad.drop(
      `There is a caption but no strip "${key}.png", so the indices of the published split, which count the clips, point ` +
        `to other stories; add the strip, frames_counter.npy or img_cache4.npy, or use --split episodes.`,
    );
  }
  const episodes = [...counts.of].sort(([a], [b]) => compareEpisodes(a, b));
  return episodes.flatMap(([episode, count]) =>
    starts(count).sort((a, b) => compareText(`${a}.png`, `${b}.png`)).map((number) => windowAt(episode, number))
  );
}

/** The first clips of all windows of an episode. */
function starts(count: number): number[] {
  return Array.from({ length: Math.max(0, count - LENGTH + 1) }, (_, i) => i + 1);
}

function windowAt(episode: string, first: number): string[] {
  return Array.from({ length: LENGTH }, (_, i) => `${episode}/${first + i}`);
}

/** The windows of img_cache4.npy and following_cache4.npy, or undefined if neither file exists. */
export async function cachedWindows(files: PororoFiles, bad: BadInput): Promise<Windows | undefined> {
  const [first, following] = [
    await readArray(files, "img_cache4.npy"),
    await readArray(files, "following_cache4.npy"),
  ];
  if (!first && !following) return undefined;
  if (!first || !following) {
    const [here, missing] = first ? ["img", "following"] : ["following", "img"];
    fail(
      `"${files.archive.where}" has ${here}_cache4.npy but no ${missing}_cache4.npy; add the missing file, or remove ` +
        `the other one to list the stories from the strips.`,
    );
  }
  const followers = rowsOf(following.array, following.where);
  if (first.array.data.length !== followers.length) {
    fail(
      `${first.where} has ${first.array.data.length} stories and ${following.where} has ${followers.length}, but both ` +
        `numbers must be equal; use both files of one copy.`,
    );
  }
  const seen = new Set<string>();
  return [...first.array.data].map((start, row) => {
    const clips = [start, ...followers[row]!].map(clipKey);
    const expected = clips[0] === undefined ? [] : windowAt(episodeOf(clips[0]), numberOf(clips[0]));
    const at = `${first.where} with ${following.where}, row ${row}`;
    if (clips.length !== LENGTH || expected.some((key, i) => key !== clips[i]) || expected.length === 0) {
      bad.drop(
        `${at}: expected ${LENGTH} consecutive clips of an episode, but the row starts with ${shown(start)}.`,
      );
    } else if (seen.has(expected[0]!)) {
      bad.drop(`${at}: the story that starts with "${expected[0]}" occurs a second time.`);
    } else return seen.add(expected[0]!) && expected;
  });
}

/** A list of lists, which numpy stores as one array, as an array of lists, or as a plain list. */
export function rowsOf({ shape, data }: NumpyArray, where: string): PythonValue[][] {
  const items = [...data];
  if (shape.length === 2) {
    return Array.from({ length: shape[0]! }, (_, i) => items.slice(i * shape[1]!, (i + 1) * shape[1]!));
  }
  const rows = shape.length === 0 && Array.isArray(items[0]) ? items[0] : items;
  return rows.map((row) =>
    Array.isArray(row)
      ? row
      : isKind(row, "array")
      ? [...row.data]
      : fail(`${where} is not a list of lists; replace it by the published file.`)
  );
}

/** A value as text for a message. */
export function shown(value: PythonValue | undefined): string {
  if (typeof value === "string") return `"${value.slice(0, 80)}"`;
  return typeof value === "object" ? "a value of another type" : String(value);
}
