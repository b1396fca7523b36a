/**
 * Where things are in a copy of Pororo-SV, and what a clip is called.
 *
 * A clip's key is "<series>/<episode>/<n>", the path of its strip without ".png"; an episode's is the first two of
 * them. Files write keys in several ways: with folders before them, with ".png", as bytes, or as the text of Python's
 * `repr` of bytes.
 */
import { fail } from "../../../base/errors.ts";
import { type Archive, findInArchive } from "../../files/archive.ts";
import { unescape } from "../../../formats/python/literals.ts";
import { npyValue, readNpy } from "../../../formats/npy.ts";
import type { NumpyArray, PythonValue } from "../../../formats/python/values.ts";

export interface Layout {
  archive: Archive;
  /** Path of each strip by the clip's key. */
  strips: Map<string, string>;
  /** Numbers of an episode's strips, ascending, by the episode's key; the keys are sorted. */
  episodes: Map<string, number[]>;
  /** What a user ought to know about the folder. */
  warnings: string[];
}

/** Files of the set that this kit has no use for: vectors and masks that others computed from it. */
export const unusedFiles = [
  "descriptions_vec.npy",
  "descriptions_attr.npy",
  "subtitles_vec.npy",
  "descriptions_vec_512.pkl",
  "parses.json",
  "const_tag2idx.json",
  "martt_vocab.pkl",
];

/** Bytes and elements of the largest side file: they have a few MB, and at most some 60,000 elements. */
const [mostBytes, mostElements] = [2 ** 25, 2 ** 20];

/**
 * Finds the strips, `<series>/<episode>/<n>.png` in any folder.
 *
 * @throws UserError when there are none.
 */
export function findLayout(archive: Archive): Layout {
  const byRoot = new Map<string, [key: string, path: string][]>();
  for (const path of archive.paths) {
    const match = /^(.*\/)?([^/]+\/[^/]+\/[1-9]\d{0,4})\.png$/.exec(path);
    if (match) getOrMake(byRoot, match[1] ?? "", () => []).push([match[2]!, path]);
  }
  const roots = [...byRoot].sort(([, a], [, b]) => b.length - a.length);
  const found = roots[0]?.[1] ?? fail(
    `"${archive.where}" holds no strips of Pororo-SV: pictures named <series>/<episode>/<number>.png were expected, ` +
      `such as Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1/1.png.`,
  );
  const episodes = new Map<string, number[]>();
  for (const [key] of found.sort(([a], [b]) => compare(episodeOf(a), episodeOf(b)) || numberOf(a) - numberOf(b))) {
    getOrMake(episodes, episodeOf(key), () => []).push(numberOf(key));
  }
  const warnings = roots.slice(1).map(([root, strips]) =>
    `${strips.length} pictures in "${root}" look like strips too and are not used.`
  );
  return { archive, strips: new Map(found), episodes, warnings };
}

/** The path of a side file, wherever it lies; the shortest one counts. */
export function sideFile({ archive }: Pick<Layout, "archive">, name: string): string | undefined {
  return findInArchive(archive, name);
}

/** The bytes of a side file and its name for messages, or undefined where there is none. */
export async function readSideFile(layout: Layout, name: string): Promise<{ bytes: Uint8Array; where: string } | void> {
  const path = sideFile(layout, name);
  if (path === undefined) return;
  return { bytes: await layout.archive.read(path, mostBytes), where: `"${path}" in "${layout.archive.where}"` };
}

/** The array of a .npy side file. @throws UserError when it is damaged. */
export async function readArray(layout: Layout, name: string): Promise<{ array: NumpyArray; where: string } | void> {
  const file = await readSideFile(layout, name);
  if (!file) return;
  const array = readNpy(file.bytes, file.where);
  if (array.data.length > mostElements) {
    fail(`${file.where} has ${array.data.length} elements, far too many for this set.`);
  }
  return { array, where: file.where };
}

/** The dictionary of a .npy side file. @throws UserError when it is damaged or holds something else. */
export async function readDictionary(
  layout: Layout,
  name: string,
): Promise<{ entries: Map<PythonValue, PythonValue>; where: string } | void> {
  const file = await readArray(layout, name);
  if (!file) return;
  const entries = npyValue(file.array);
  return entries instanceof Map ? { entries, where: file.where } : fail(`${file.where} holds no dictionary.`);
}

/** The key of a clip from any of its spellings; undefined when it is none. */
export function clipKey(value: PythonValue | undefined): string | undefined {
  return typeof value !== "string"
    ? undefined
    : /(?:^|\/)([^/]+\/[^/]+\/[1-9]\d{0,4})(?:\.png)?$/.exec(withoutRepr(value))?.[1];
}

/** The key of an episode from any of its spellings; undefined when it is none. */
export function episodeKey(value: PythonValue | undefined): string | undefined {
  return typeof value !== "string" ? undefined : /(?:^|\/)([^/]+\/[^/]+?)\/?$/.exec(withoutRepr(value))?.[1];
}

/** "b'text'" as "text". */
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

/** Episodes by series, then by name, both as text: the order in which the published loaders walk the folders. */
function compare(a: string, b: string): number {
  const [[seriesA, nameA], [seriesB, nameB]] = [a.split("/"), b.split("/")] as [[string, string], [string, string]];
  return compareText(seriesA, seriesB) || compareText(nameA, nameB);
}

/** By code unit, so the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  if (!map.has(key)) map.set(key, make());
  return map.get(key)!;
}
