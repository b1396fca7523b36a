/**
 * A prepared set of stories, opened and checked.
 *
 * Opening verifies every file against the manifest, so nothing trains on a damaged or half-written set. The pictures
 * stay on the disk, a few gigabytes for Pororo-SV: what a batch needs is read when it is made, and the system's file
 * cache keeps what is read often.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { fail } from "../../base/errors.ts";
import { projectRoot, reason, sha256, sha256File } from "../../base/files.ts";
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
  /** Such as "val-00017". */
  id: string;
  split: Split;
  /** Place in its split, from 0. */
  index: number;
  frames: Frame[];
}

export interface StorySet {
  name: string;
  /** The folder of data sets it was opened from; a set that has one can be opened again by another thread. */
  root?: string;
  /** SHA-256 of the manifest, which holds the SHA-256 of every file. */
  digest: string;
  /** T, frames of a story. */
  frames: number;
  size: 64;
  manifest: Manifest;
  /** The stories of a split, in order. */
  split(split: Split): Story[];
  /** Pictures by number (see {@link Frame.pictures}), uint8 [64, 64, 3] each, as flat arrays. */
  pictures(numbers: number[]): Uint8Array[];
}

/** Where data sets live unless a caller says otherwise. */
export const dataRoot = `${projectRoot}/data`;

/**
 * Opens data set `name` under `root` and verifies it.
 *
 * @throws UserError when it is not prepared, half-written, or does not have the digests of its manifest.
 */
export async function openStorySet(name: string, root: string = dataRoot): Promise<StorySet> {
  const folder = preparedFolder(name, root);
  const found = await readManifest(name, root);
  if (!found) {
    fail(`The data set "${name}" is not prepared (no finished set in ${folder}); run \`deno task prepare ${name}\`.`);
  }
  verifyFiles(name, folder, found.manifest);
  return storySet(name, root, found.manifest, found.text);
}

/**
 * Opens once more, for another thread, a set that {@link openStorySet} has verified.
 *
 * @throws UserError when the set is no longer the one with `digest`.
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
 * @throws UserError naming the file that is missing or not what was finished.
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
      fail(`${path} has ${bytes} bytes, its manifest says ${expected.bytes}; ${makeAgain(name)}.`);
    }
    const digest = sha256File(path);
    if (digest !== expected.sha256) {
      fail(
        `${path} has SHA-256 ${digest.slice(0, 12)}…, its manifest says ${expected.sha256.slice(0, 12)}…; ` +
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
    fail(`${folder} holds ${stories.length} stories, its manifest says ${total}; ${makeAgain(name)}.`);
  }
  const bySplit: Record<Split, Story[]> = { train: [], val: [], test: [] };
  for (const line of stories) {
    const { id, split, frames: numbers } = JSON.parse(line) as { id: string; split: Split; frames: number[] };
    const list = bySplit[split];
    const ofStory = () => numbers.map((number) => frames[number]!());
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
    pictures: (numbers) => readPieces(`${folder}/${IMAGES}`, numbers, size * size * 3, name),
  };
}

/** A frame that stays text until it is asked for: scene graphs of a large set would fill the memory. */
function lazyFrame(line: string): () => Frame {
  return () => JSON.parse(line) as Frame;
}

/** Reads pieces of `length` bytes by number. The file is opened for each call, so that no set has to be closed. */
export function readPieces(path: string, numbers: number[], length: number, name: string): Uint8Array[] {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    fail(`Cannot read "${path}": ${reason(error)}; ${makeAgain(name)}.`, error);
  }
  try {
    const all = new Uint8Array(numbers.length * length);
    return numbers.map((number, i) => {
      const piece = all.subarray(i * length, (i + 1) * length);
      for (let at = 0; at < length;) {
        const read = readSync(file, piece, at, length - at, number * length + at);
        if (read === 0) fail(`${path} ends before picture ${number}; ${makeAgain(name)}.`);
        at += read;
      }
      return piece;
    });
  } finally {
    closeSync(file);
  }
}
