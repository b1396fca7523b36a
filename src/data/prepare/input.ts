/**
 * What a data set was prepared from, as a digest in `input.json` beside its manifest.
 *
 * It is no part of the manifest: a copy of the same files has other times, and gives the same set.
 */
import { digestJson, readJson, sha256, writeAtomic } from "../../base/files.ts";
import type { Archive } from "../files/archive.ts";

const INPUT = "input.json";

/** Files that are read whole at once, and their largest size in bytes: these are compared by content. */
const lists = /\.(txt|csv|tsv|jsonl?|npy|pkl)$/i;
const listLimit = 2 ** 26;

/**
 * Digest of the files of an archive: of lists by their content, of pictures by size and time of the last change (in a zip
 * by size and checksum). Hidden files do not count.
 */
export async function inputDigest(archive: Archive): Promise<string> {
  const files: string[][] = [];
  for (const path of archive.paths) if (!/(^|\/)\./.test(path)) files.push([path, await versionOf(archive, path)]);
  return digestJson(files);
}

async function versionOf(archive: Archive, path: string): Promise<string> {
  try {
    const { size, version } = await archive.stat(path);
    return lists.test(path) && size <= listLimit ? sha256(await archive.read(path)) : `${size} ${version}`;
  } catch {
    return "unreadable"; // an error for those who need the file
  }
}

/** Writes the digest into the folder of a prepared set. */
export function writeInput(folder: string, digest: string): void {
  writeAtomic(`${folder}/${INPUT}`, JSON.stringify({ input: digest }) + "\n");
}

/** The digest of the input of a prepared set; undefined where it is not known. */
export function readInput(folder: string): string | undefined {
  try {
    return readJson<{ input?: string }>(`${folder}/${INPUT}`).input;
  } catch {
    return undefined;
  }
}
