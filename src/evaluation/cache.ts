/**
 * Numbers of stories, made part after part and kept: a killed evaluation goes on with the part that it was at, and a
 * second one reads what the first has made.
 *
 * A part is a safetensors file of one tensor, with the key of all that it depends on and the digest of its numbers. A
 * part of another key, of fewer stories or with damage is simply made again.
 */
import { fail, UserError } from "../base/errors.ts";
import { reason } from "../base/files.ts";
import { decodeSafetensors, type StoredTensor } from "../formats/safetensors.ts";
import type { EngineInfo } from "../engine/mod.ts";
import { digestState, writeCheckpoint } from "../train/checkpoint.ts";
import { giveWay } from "../train/pause.ts";

/** Stories of a part: some seconds of work. */
export const storiesPerChunk = 32;

/** How long work is watched and stopped. */
export interface Watch {
  /** Stories that are done of all. */
  progress?(stage: string, done: number, total: number): void;
  /** Ends the work with the signal's reason; parts that are complete are kept. */
  signal?: AbortSignal;
}

/** A tensor of one row a story. */
export type Rows = StoredTensor & { data: Uint8Array | Float32Array };

/**
 * What of an engine shows in the last bits of a number. The first word stands for our own code: it changes when drawn or
 * seen numbers would.
 */
export function engineKey({ name, version, threads }: EngineInfo): string {
  return `1 ${name} ${version} ${threads}`;
}

/** Lets signals in, and ends the work where one came. @throws the signal's reason. */
export async function pausePoint({ signal }: Watch): Promise<void> {
  await giveWay();
  signal?.throwIfAborted();
}

/**
 * Reads the parts that are in `folder` and makes the others.
 *
 * @param folder where parts are kept; without one nothing is
 * @param key digest of all that the numbers depend on, beside the number of stories
 * @param stage what a progress bar says
 * @param make rows of `count` stories from `first` on
 * @returns the rows of all stories, as one tensor [stories, …]
 */
export async function computeCached(
  { folder, key, stories, stage }: { folder?: string; key: string; stories: number; stage: string },
  make: (first: number, count: number) => Promise<Rows>,
  watch: Watch = {},
): Promise<Rows> {
  let made = false;
  const parts: Rows[] = [];
  for (let first = 0; first < stories; first += storiesPerChunk) {
    const count = Math.min(storiesPerChunk, stories - first);
    const path = `${folder}/part-${String(first / storiesPerChunk).padStart(4, "0")}.safetensors`;
    let part = folder === undefined ? undefined : readPart(path, key, count);
    if (!part) {
      await pausePoint(watch);
      part = await make(first, count);
      if (folder !== undefined) writePart(folder, path, key, part);
      made = true;
    }
    parts.push(part);
    if (made) watch.progress?.(stage, first + count, stories);
  }
  return joinRows(parts);
}

function writePart(folder: string, path: string, key: string, rows: Rows): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${folder}": ${reason(error)}.`, error);
  }
  writeCheckpoint(path, { rows }, { key, state: digestState({ rows }) });
}

/** A part as it was kept, cut to `count` stories; undefined where it must be made. */
function readPart(path: string, key: string, count: number): Rows | undefined {
  try {
    const { tensors: { rows }, metadata } = decodeSafetensors(Deno.readFileSync(path), path);
    if (!rows || metadata.key !== key || metadata.state !== digestState({ rows }) || rows.shape[0]! < count) {
      return undefined;
    }
    const size = rows.data.length / rows.shape[0]!;
    const data = (rows as Rows).data.subarray(0, count * size) as Rows["data"];
    return { dtype: rows.dtype, shape: [count, ...rows.shape.slice(1)], data };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof UserError) return undefined;
    throw error;
  }
}

/** Tensors of one dtype along their first axis. */
function joinRows(parts: Rows[]): Rows {
  const { dtype, shape, data } = parts[0]!;
  const length = parts.reduce((sum, part) => sum + part.data.length, 0);
  const all = dtype === "U8" ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part.data, at);
    at += part.data.length;
  }
  const stories = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  return { dtype, shape: [stories, ...shape.slice(1)], data: data.length === length ? data : all };
}
