/**
 * Makes the clip-art set on disk.
 *
 * Everything is written into a temporary folder beside the final one and takes its place in one rename, with the
 * manifest written last, so a reader sees the former set or the new one and never half of either.
 */
import { createHash } from "node:crypto";
import { kill } from "node:process";
import sharp from "sharp";
import { fail } from "../../base/errors.ts";
import { reason, sha256File, writeAtomic } from "../../base/files.ts";
import {
  IMAGES,
  makeAgain,
  MANIFEST,
  type Manifest,
  manifestText,
  preparedFolder,
  readManifest,
  type Split,
  splits,
  STORIES,
} from "../manifest.ts";
import type { Frame } from "../scene.ts";
import { dataRoot } from "../stories.ts";
import { drawContactSheet } from "./contact.ts";
import { FRAMES, writeStory } from "./grammar.ts";
import { paintScene, SIZE } from "./paint.ts";
import { loadSprites } from "./sprites.ts";
import { captionStatistics } from "./statistics.ts";
import { SCENE } from "./world.ts";

/** Raised by every change of world, grammar or drawing that changes a byte. */
export const VERSION = 1;
export const DEFAULTS = { stories: 2000, seed: 1 } as const;

export interface PrepareOptions {
  /** Training stories; validation and test get an eighth as many each, at least 4. */
  stories?: number;
  seed?: number;
  /** The `data` folder. */
  root?: string;
  /** Make the set anew though a good one is there. */
  force?: boolean;
  /** Hears how many of all stories are done. */
  onProgress?: (done: number, total: number) => void;
}

export interface Prepared {
  manifest: Manifest;
  folder: string;
  /** False when the set was there already. */
  made: boolean;
}

/**
 * Prepares the clip-art set and returns its manifest; does nothing when the same set is there and whole.
 *
 * @throws UserError for counts that make no set, for a damaged set (unless forced) and when the disk refuses.
 */
export async function prepareClipart(options: PrepareOptions = {}): Promise<Manifest> {
  return (await makeClipart(options)).manifest;
}

/** {@link prepareClipart}, which also says where the set is and whether it was made now. */
export async function makeClipart(options: PrepareOptions = {}): Promise<Prepared> {
  const { stories, seed } = { ...DEFAULTS, ...withoutUndefined(options) };
  const root = options.root ?? dataRoot;
  checkCount("--stories", stories, 2, 100_000);
  checkCount("--seed", seed, 0, 2 ** 32 - 1);
  const folder = preparedFolder("clipart", root);
  const counts = splitCounts(stories);
  if (!options.force) {
    const there = await verified(root);
    if (there && isSame(there, counts, seed)) return { manifest: there, folder, made: false };
  }
  const temporary = `${folder}.${Deno.pid}.tmp`;
  try {
    await removeLeftovers(folder);
    await Deno.mkdir(temporary, { recursive: true });
    const manifest = await writeSet(temporary, counts, seed, options.onProgress);
    await replaceFolder(folder, temporary);
    return { manifest, folder, made: true };
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => {}); // the first error is the one to tell
    if (isDiskError(error)) fail(`Cannot write the data set to ${folder}: ${reason(error)}.`, error);
    throw error;
  }
}

/** Stories of each split for so many training stories. */
export function splitCounts(stories: number): Record<Split, number> {
  const held = Math.max(4, Math.round(stories / 8));
  return { train: stories, val: held, test: held };
}

/** Writes all files of a set, the manifest last. */
async function writeSet(
  folder: string,
  counts: Record<Split, number>,
  seed: number,
  onProgress: PrepareOptions["onProgress"],
): Promise<Manifest> {
  const sprites = await loadSprites();
  const total = splits.reduce((sum, split) => sum + counts[split], 0);
  const statistics = captionStatistics();
  const images = await openHashed(`${folder}/${IMAGES}`);
  const stories = await openHashed(`${folder}/${STORIES}`);
  const sheet: { frames: Frame[]; pictures: Uint8Array[] }[] = [];
  let done = 0;
  for (const split of splits) {
    for (let index = 0; index < counts[split]; index++) {
      const frames = writeStory(seed, split, index);
      const pictures = frames.map((frame) => paintScene(frame.scene, sprites));
      for (const picture of pictures) await images.write(picture);
      const id = `${split}-${String(index).padStart(5, "0")}`;
      await stories.write(new TextEncoder().encode(JSON.stringify({ id, split, index, frames }) + "\n"));
      frames.forEach((frame) => statistics.add(frame));
      if (split === "train" && index < 8) sheet.push({ frames, pictures });
      done++;
      if (done % 50 === 0 || done === total) onProgress?.(done, total);
    }
  }
  await Deno.writeFile(`${folder}/contact.png`, await drawContactSheet(sheet));
  const manifest: Manifest = {
    format: "storyloom-stories",
    version: VERSION,
    name: "clipart",
    seed,
    frames: FRAMES,
    size: SIZE,
    scene: { width: SCENE, height: SCENE },
    stories: counts,
    captions: statistics.result(),
    drawnBy: { sharp: sharp.versions.sharp ?? "unknown", librsvg: sharp.versions.rsvg ?? "unknown" },
    files: { [IMAGES]: await images.close(), [STORIES]: await stories.close() },
  };
  writeAtomic(`${folder}/${MANIFEST}`, manifestText(manifest));
  return manifest;
}

/** The manifest of a set that is whole; undefined when there is none. */
async function verified(root: string): Promise<Manifest | undefined> {
  const { manifest } = await readManifest("clipart", root) ?? {};
  for (const [file, { bytes, sha256 }] of Object.entries(manifest?.files ?? {})) {
    const path = `${preparedFolder("clipart", root)}/${file}`;
    const size = (await Deno.stat(path).catch(ignoreMissing))?.size;
    if (size === undefined) fail(`${path} is missing; ${makeAgain("clipart")}.`);
    if (size !== bytes || sha256File(path) !== sha256) {
      fail(`${path} is not the file of its manifest; ${makeAgain("clipart")}.`);
    }
  }
  return manifest;
}

function isSame(manifest: Manifest, counts: Record<Split, number>, seed: number): boolean {
  return manifest.version === VERSION && manifest.seed === seed &&
    splits.every((split) => manifest.stories[split] === counts[split]);
}

/** Puts the finished folder into its place; the former one goes only when the new one is there. */
async function replaceFolder(folder: string, finished: string): Promise<void> {
  const former = `${folder}.former.${Deno.pid}.tmp`;
  await Deno.rename(folder, former).catch(ignoreMissing);
  await Deno.rename(finished, folder);
  await Deno.remove(former, { recursive: true }).catch(ignoreMissing);
}

/** Removes what killed processes left beside the folder. */
async function removeLeftovers(folder: string): Promise<void> {
  const [, parent, name] = folder.match(/^(.*)\/([^/]+)$/)!;
  const entries = await Array.fromAsync(Deno.readDir(parent!)).catch(ignoreMissing) ?? [];
  for (const entry of entries) {
    const pid = entry.name.startsWith(`${name}.`) ? entry.name.match(/\.(\d+)\.tmp/)?.[1] : undefined;
    if (pid && !isRunning(Number(pid))) await Deno.remove(`${parent}/${entry.name}`, { recursive: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    kill(pid, 0); // signal 0 only asks
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

/** A file that counts and digests what is written to it. */
async function openHashed(path: string) {
  const file = await Deno.open(path, { create: true, truncate: true, write: true });
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    async write(chunk: Uint8Array) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    },
    async close() {
      await file.sync();
      file.close();
      return { bytes, sha256: hash.digest("hex") };
    },
  };
}

function checkCount(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    fail(`${name} cannot be ${value}: expected a whole number from ${least} to ${most}.`);
  }
}

function withoutUndefined(options: PrepareOptions): PrepareOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function isDiskError(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.AlreadyExists ||
    error instanceof Deno.errors.NotADirectory || (error instanceof Error && "code" in error);
}
