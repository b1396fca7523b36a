/**
 * A prepared data set, verified and opened.
 *
 * Opening compares every file with the manifest, so no run trains on a damaged or incomplete set. The pictures stay on
 * disk (a few gigabytes for Pororo-SV): each batch reads the ones that it needs, and the file cache of the operating
 * system keeps those that are read often.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { fail } from "../../base/errors.ts";
import { projectRoot, reason, sha256, sha256File } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import {
  FRAMES,
  IMAGES,
  makeAgain,
  type Manifest,
  preparedFolder,
  readManifest,
  type Split,
  splits,
  STORIES,
} from "./manifest.ts";
import type { Frame } from "./scene.ts";

export { type Manifest, type Split, splits } from "./manifest.ts";
export * from "./scene.ts";

export interface Story {
  /** For example "val-00017". */
  id: string;
  split: Split;
  /** Position in its split, from 0. */
  index: number;
  frames: Frame[];
}

export interface StorySet {
  name: string;
  /** The `data` folder it was opened from, so that another thread can open it too; unset for a set in memory. */
  root?: string | undefined;
  /** SHA-256 of the manifest, which contains the SHA-256 of every file. */
  digest: string;
  /** T, the number of frames of a story. */
  frames: number;
  size: 64;
  manifest: Manifest;
  /** The stories of a split, in order. */
  split(split: Split): Story[];
  /** Pictures by index (see {@link Frame.pictures}), each a flat uint8 array of shape [64, 64, 3]. */
  pictures(indices: number[]): Uint8Array[];
}

/** The default `data` folder. */
export const dataRoot = `${projectRoot}/data`;

/**
 * Opens data set `name` and verifies all of its files.
 *
 * @param root the `data` folder
 * @throws UserError when the set is not prepared, or when a file is missing or does not have the digest that the
 *   manifest states
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openStorySet, prepareSet } from "../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * await prepareSet("clipart", { root, options: { stories: 4 } });
 * const set = await openStorySet("clipart", root);
 * const [story] = set.split("train");
 * assertEquals(story!.frames.length, set.frames);
 * assertEquals(set.pictures([0])[0]!.length, 64 * 64 * 3);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function openStorySet(name: string, root: string = dataRoot): Promise<StorySet> {
  const folder = preparedFolder(name, root);
  const found = await readManifest(name, root);
  if (!found) {
    fail(`The data set "${name}" is not prepared (${folder} has no manifest); run \`deno task prepare ${name}\`.`);
  }
  verifyFiles(name, folder, found.manifest);
  return storySet(name, root, found.manifest, found.text);
}

/**
 * Opens a set that {@link openStorySet} has already verified, for another thread: only the manifest is compared.
 *
 * @throws UserError when the set no longer has the digest `digest`
 */
export async function reopenStorySet(
  { name, root, digest }: { name: string; root: string; digest: string },
): Promise<StorySet> {
  const folder = preparedFolder(name, root);
  const found = await readManifest(name, root);
  if (!found || sha256(found.text) !== digest) {
    fail(`The data set "${name}" in ${folder} was changed while it was in use; start or resume the run again.`);
  }
  return storySet(name, root, found.manifest, found.text);
}

/**
 * Compares every file of a set with its manifest.
 *
 * @throws UserError naming the first file that is missing or that differs
 */
export function verifyFiles(name: string, folder: string, manifest: Manifest): void {
  for (const [file, expected] of Object.entries(manifest.files)) {
    const path = `${folder}/${file}`;
    let bytes: number;
    try {
      bytes = Deno.statSync(path).size;
    } catch (error) {
      fail(`${path} is missing; ${makeAgain(name)}.`, error);
    }
    if (bytes !== expected.bytes) {
      fail(`${path} has ${counted(bytes, "byte")}, but its manifest states ${expected.bytes}; ${makeAgain(name)}.`);
    }
    const digest = sha256File(path);
    if (digest !== expected.sha256) {
      fail(
        `${path} has SHA-256 ${digest.slice(0, 12)}…, but its manifest states ${expected.sha256.slice(0, 12)}…; ` +
          `${makeAgain(name)}.`,
      );
    }
  }
}

async function storySet(name: string, root: string, manifest: Manifest, text: string): Promise<StorySet> {
  const folder = preparedFolder(name, root);
  const linesOf = async (file: string) => (await Deno.readTextFile(`${folder}/${file}`)).trimEnd().split("\n");
  const frames = (await linesOf(FRAMES)).map(lazyFrame);
  const stories = await linesOf(STORIES);
  const total = splits.reduce((sum, split) => sum + manifest.stories[split], 0);
  if (stories.length !== total) {
    fail(
      `${folder} holds ${counted(stories.length, "story", "stories")}, but its manifest states ${total}; ${
        makeAgain(name)
      }.`,
    );
  }
  const bySplit: Record<Split, Story[]> = { train: [], val: [], test: [] };
  for (const line of stories) {
    const { id, split, frames: indices } = JSON.parse(line) as { id: string; split: Split; frames: number[] };
    const list = bySplit[split];
    const ofStory = () => indices.map((index) => frames[index]!());
    list.push({
      id,
      split,
      index: list.length,
      get frames() {
        return ofStory();
      },
    });
  }
  const { size } = manifest;
  return {
    name,
    root,
    digest: sha256(text),
    frames: manifest.frames,
    size,
    manifest,
    split: (split) => bySplit[split],
    pictures: (indices) => readRecords(`${folder}/${IMAGES}`, indices, size * size * 3, name),
  };
}

/** A frame that is parsed only on access: the scene graphs of a large set would not fit into memory. */
function lazyFrame(line: string): () => Frame {
  return () => JSON.parse(line) as Frame;
}

/**
 * Reads records of `length` bytes by index. Each call opens and closes the file, so a set needs no `close()`.
 *
 * @param name the data set, for error messages
 * @throws UserError when the file cannot be read or is too short
 */
export function readRecords(path: string, indices: number[], length: number, name: string): Uint8Array[] {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    fail(`Cannot read "${path}": ${reason(error)}; ${makeAgain(name)}.`, error);
  }
  try {
    const all = new Uint8Array(indices.length * length);
    return indices.map((index, i) => {
      const record = all.subarray(i * length, (i + 1) * length);
      for (let at = 0; at < length;) {
        const read = readSync(file, record, at, length - at, index * length + at);
        if (read === 0) fail(`${path} ends before picture ${index}; ${makeAgain(name)}.`);
        at += read;
      }
      return record;
    });
  } finally {
    closeSync(file);
  }
}
