/**
 * A prepared set of stories, opened and checked.
 *
 * The pictures are one flat array of bytes that is read whole (2,500 stories are 154 MB); a frame's pixels are a view
 * into it. Opening verifies every file against the manifest, so nothing trains on a damaged or half-written set.
 */
import { fail } from "../base/errors.ts";
import { projectRoot, sha256 } from "../base/files.ts";
import {
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
  /** One frame's picture, uint8 [64, 64, 3] as a flat view. */
  pixels(story: Story, frame: number): Uint8Array;
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
  const { manifest, text } = found;
  const images = await readVerified(folder, IMAGES, manifest);
  const lines = new TextDecoder().decode(await readVerified(folder, STORIES, manifest)).trimEnd().split("\n");
  const stories = lines.map((line) => JSON.parse(line) as Story);

  const pixelsOfFrame = manifest.size * manifest.size * 3;
  const total = splits.reduce((sum, split) => sum + manifest.stories[split], 0);
  if (manifest.size !== 64 || stories.length !== total || images.length !== total * manifest.frames * pixelsOfFrame) {
    fail(`${folder} holds ${stories.length} stories, its manifest says ${total}; ${makeAgain(name)}.`);
  }
  return {
    ...storySet(manifest, text, stories, (start) => images.subarray(start, start + pixelsOfFrame)),
    name,
    root,
  };
}

/**
 * Opens once more, for another thread, a set that {@link openStorySet} has verified. Pictures are read and captions
 * parsed as they are asked for, so that they do not lie in memory twice; the file is let go when the thread ends.
 *
 * @throws UserError when the set is no longer the one with `digest`, or its pictures cannot be read.
 */
export async function reopenStorySet(
  { name, root, digest }: { name: string; root: string; digest: string },
): Promise<StorySet> {
  const folder = preparedFolder(name, root);
  const found = await readManifest(name, root);
  if (!found || digestOf(found.text) !== digest) {
    fail(`The data set "${name}" in ${folder} was changed while it was in use; start or resume the run again.`);
  }
  const { manifest, text } = found;
  const lines = (await Deno.readTextFile(`${folder}/${STORIES}`)).trimEnd().split("\n");
  const stories = lines.map(lazyStory);
  const file = await Deno.open(`${folder}/${IMAGES}`);
  return storySet(manifest, text, stories, (start) => {
    const picture = new Uint8Array(manifest.size * manifest.size * 3);
    file.seekSync(start, Deno.SeekMode.Start);
    for (let at = 0; at < picture.length;) {
      const read = file.readSync(picture.subarray(at));
      if (read === null) fail(`${folder}/${IMAGES} ends too early; ${makeAgain(name)}.`);
      at += read;
    }
    return picture;
  });
}

/** A story whose frames stay text until they are asked for. */
function lazyStory(line: string): Story {
  const { id, split, index } = JSON.parse(line) as Story;
  return {
    id,
    split,
    index,
    get frames() {
      return (JSON.parse(line) as Story).frames;
    },
  };
}

/** A set whose pictures `read` gives, by the place of their first byte among all pictures. */
function storySet(manifest: Manifest, text: string, stories: Story[], read: (start: number) => Uint8Array): StorySet {
  const offset = { train: 0, val: manifest.stories.train, test: manifest.stories.train + manifest.stories.val };
  const bySplit = {
    train: stories.slice(0, offset.val),
    val: stories.slice(offset.val, offset.test),
    test: stories.slice(offset.test),
  };
  return {
    name: manifest.name,
    digest: digestOf(text),
    frames: manifest.frames,
    size: 64,
    manifest,
    split: (split) => bySplit[split],
    pixels: (story, frame) =>
      read(((offset[story.split] + story.index) * manifest.frames + frame) * manifest.size * manifest.size * 3),
  };
}

/** The set's identity: its manifest names the digest of every file. */
function digestOf(manifest: string): string {
  return sha256(new TextEncoder().encode(manifest));
}

async function readVerified(folder: string, file: string, manifest: Manifest): Promise<Uint8Array> {
  const expected = manifest.files[file];
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(`${folder}/${file}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      fail(`${folder}/${file} is missing; ${makeAgain(manifest.name)}.`, error);
    }
    throw error;
  }
  if (bytes.length !== expected?.bytes) {
    fail(
      `${folder}/${file} has ${bytes.length} bytes, its manifest says ${expected?.bytes}; ${makeAgain(manifest.name)}.`,
    );
  }
  const digest = sha256(bytes);
  if (digest !== expected.sha256) {
    fail(
      `${folder}/${file} has SHA-256 ${digest.slice(0, 12)}…, its manifest says ${expected.sha256.slice(0, 12)}…; ` +
        `${makeAgain(manifest.name)}.`,
    );
  }
  return bytes;
}
