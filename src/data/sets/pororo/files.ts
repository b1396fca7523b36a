/**
 * Finds the files of a copy of Pororo-SV, and defines the keys of clips.
 *
 * The key of a clip is "<series>/<episode>/<n>", the path of its strip without ".png"; the key of an episode is its
 * first two parts. The files write keys in several ways: with folders before them, with ".png", as bytes, or as the
 * text of Python's `repr` of bytes.
 */
import { counted } from "../../../base/text.ts";
import { fail } from "../../../base/errors.ts";
import { type Archive, findInArchive } from "../../files/archive.ts";
import { unescape } from "../../../formats/python/literals.ts";
import { npyValue, readNpy } from "../../../formats/npy.ts";
import type { NumpyArray, PythonValue } from "../../../formats/python/values.ts";

export interface PororoFiles {
  archive: Archive;
  /** Path of each strip by the clip's key. */
  strips: Map<string, string>;
  /** Numbers of an episode's strips, ascending, by the episode's key; the keys are sorted. */
  episodes: Map<string, number[]>;
  /** Warnings for the user. */
  warnings: string[];
}

/** Files that occur in copies of the set and are not used here: vectors and masks that others computed. */
export const unusedFiles = [
  "descriptions_vec.npy",
  "descriptions_attr.npy",
  "subtitles_vec.npy",
  "descriptions_vec_512.pkl",
  "parses.json",
  "const_tag2idx.json",
  "martt_vocab.pkl",
];

/** Limits for a side file in bytes and elements; the published ones have a few MB and about 60,000 elements. */
const [mostBytes, mostElements] = [2 ** 25, 2 ** 20];

/**
 * Finds the strips, `<series>/<episode>/<n>.png` in any folder.
 *
 * @throws UserError when there are none
 */
export function findFiles(archive: Archive): PororoFiles {
  const byRoot = new Map<string, [key: string, path: string][]>();
  for (const path of archive.paths) {
    const match = /^(.*\/)?([^/]+\/[^/]+\/[1-9]\d{0,4})\.png$/.exec(path);
    if (match) getOrMake(byRoot, match[1] ?? "", () => []).push([match[2]!, path]);
  }
  const roots = [...byRoot].sort(([, a], [, b]) => b.length - a.length);
  const found = roots[0]?.[1] ?? fail(
    `"${archive.where}" has no strips of Pororo-SV: expected pictures named <series>/<episode>/<number>.png, such as ` +
      `Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/1.png; give the path of a copy that contains them.`,
  );
  const episodes = new Map<string, number[]>();
  for (
    const [key] of found.sort(([a], [b]) => compareEpisodes(episodeOf(a), episodeOf(b)) || numberOf(a) - numberOf(b))
  ) {
    getOrMake(episodes, episodeOf(key), () => []).push(numberOf(key));
  }
  const warnings = roots.slice(1).map(([root, strips]) =>
    `${counted(strips.length, "picture")} in "${root}" with names of strips too, not used`
  );
  return { archive, strips: new Map(found), episodes, warnings };
}

/** The path of a side file in any folder; the shortest one if there are several. */
export function sideFile({ archive }: Pick<PororoFiles, "archive">, name: string): string | undefined {
  return findInArchive(archive, name);
}

/** The bytes of a side file and its name for messages, or undefined if it does not exist. */
export async function readSideFile(
  files: PororoFiles,
  name: string,
): Promise<{ bytes: Uint8Array; where: string } | void> {
  const path = sideFile(files, name);
  if (path === undefined) return;
  return { bytes: await files.archive.read(path, mostBytes), where: `"${path}" in "${files.archive.where}"` };
}

/** The array of a .npy side file. @throws UserError when it is damaged. */
export async function readArray(
  files: PororoFiles,
  name: string,
): Promise<{ array: NumpyArray; where: string } | void> {
  const file = await readSideFile(files, name);
  if (!file) return;
  const array = readNpy(file.bytes, file.where);
  if (array.data.length > mostElements) {
    fail(
      `${file.where} has ${array.data.length} elements, expected at most ${mostElements}; replace it by the published file.`,
    );
  }
  return { array, where: file.where };
}

/** The dictionary of a .npy side file. @throws UserError when it is damaged or holds something else. */
export async function readDictionary(
  files: PororoFiles,
  name: string,
): Promise<{ entries: Map<PythonValue, PythonValue>; where: string } | void> {
  const file = await readArray(files, name);
  if (!file) return;
  const entries = npyValue(file.array);
  return entries instanceof Map
    ? { entries, where: file.where }
    : fail(`${file.where} is not a dictionary; replace it by the published file.`);
}

/** The key of a clip from any of its spellings; undefined for other values. */
export function clipKey(value: PythonValue | undefined): string | undefined {
  return typeof value !== "string"
    ? undefined
    : /(?:^|\/)([^/]+\/[^/]+\/[1-9]\d{0,4})(?:\.png)?$/.exec(withoutRepr(value))?.[1];
}

/** The key of an episode from any of its spellings; undefined for other values. */
export function episodeKey(value: PythonValue | undefined): string | undefined {
  return typeof value !== "string" ? undefined : /(?:^|\/)([^/]+\/[^/]+?)\/?$/.exec(withoutRepr(value))?.[1];
}

/** Converts "b'text'" to "text". */
function withoutRepr(text: string): string {
  const quoted = /^b(['"])([^]*)\1$/.exec(text);
  return quoted ? unescape(quoted[2]!) : text;
}

export function episodeOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/"));
}

export function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf("/") + 1));
}

/** Orders episodes by series, then by name, both as text: the order in which the published loaders list the folders. */
export function compareEpisodes(a: string, b: string): number {
  const [[seriesA, nameA], [seriesB, nameB]] = [a.split("/"), b.split("/")] as [[string, string], [string, string]];
  return compareText(seriesA, seriesB) || compareText(nameA, nameB);
}

/** Orders by code unit, independent of the locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  if (!map.has(key)) map.set(key, make());
  return map.get(key)!;
}
