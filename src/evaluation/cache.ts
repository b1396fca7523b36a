/**
 * The cache of an evaluation: a tensor over stories, computed and stored in chunks. A killed evaluation continues with
 * the chunk it was at, and a later one reads what an earlier one has computed.
 *
 * A chunk is a safetensors file of one tensor, with the key of everything that it depends on and the digest of its
 * numbers. A chunk with another key, with too few stories or with damage is computed again. Where chunks cannot be stored
 * (a read-only data folder, a full disk), the work goes on without them.
 */
import { UserError } from "../base/errors.ts";
import { reason } from "../base/files.ts";
import { decodeSafetensors, type StoredTensor } from "../formats/safetensors.ts";
import type { EngineInfo } from "../engine/mod.ts";
import { digestState, writeCheckpoint } from "../train/checkpoint.ts";
import { yieldToEventLoop } from "../train/yield.ts";

/** Stories of a chunk: some seconds of work. */
export const storiesPerChunk = 32;

/** How long work reports progress and is stopped. */
export interface Watch {
  /** Called with the number of stories that are done. */
  progress?(stage: string, done: number, total: number): void;
  /** Called with what the user should know about the work, in a line. */
  say?(text: string): void;
  /** Stops the work with the signal's reason; complete chunks stay in the cache. */
  signal?: AbortSignal | undefined;
}

/** A tensor whose first axis is the story. */
export type CachedTensor = StoredTensor & { data: Uint8Array | Float32Array };

/**
 * The properties of an engine that change the last bits of a number. The leading "1" is the version of our own code:
 * raise it when generated pictures or features change.
 */
export function engineKey({ name, version, threads }: EngineInfo): string {
  return `1 ${name} ${version} ${threads}`;
}

/** Lets signals arrive, and stops the work where one did. @throws the signal's reason. */
export async function pausePoint({ signal }: Watch): Promise<void> {
  await yieldToEventLoop();
  signal?.throwIfAborted();
}

/**
 * Reads the chunks that are in `folder`, and computes the others.
 *
 * @param folder the folder of the chunks; without one nothing is stored
 * @param key digest of everything that the numbers depend on, except the number of stories
 * @param stage name of the work for a progress bar
 * @param compute the tensor [count, …] of `count` stories from `first` on
 * @returns the tensor of all stories [stories, …]
 * @throws the reason of `watch.signal`.
 */
export async function computeCached(
  { folder, key, stories, stage }: { folder?: string | undefined; key: string; stories: number; stage: string },
  compute: (first: number, count: number) => Promise<CachedTensor>,
  watch: Watch = {},
): Promise<CachedTensor> {
  let computed = false;
  let storing = folder !== undefined;
  const chunks: CachedTensor[] = [];
  for (let first = 0; first < stories; first += storiesPerChunk) {
    const count = Math.min(storiesPerChunk, stories - first);
    const path = `${folder}/part-${String(first / storiesPerChunk).padStart(4, "0")}.safetensors`;
    let chunk = folder === undefined ? undefined : readChunk(path, key, count);
    if (!chunk) {
      await pausePoint(watch);
      chunk = await compute(first, count);
      const why = storing ? writeChunk(folder!, path, key, chunk) : undefined;
      if (why !== undefined) {
        storing = false;
        watch.say?.(`${stage}: not kept for a later evaluation, which computes it again (${why})`);
      }
      computed = true;
    }
    chunks.push(chunk);
    if (computed) watch.progress?.(stage, first + count, stories);
  }
  return joinChunks(chunks);
}

/** Stores a chunk. @returns why it cannot be stored. */
function writeChunk(folder: string, path: string, key: string, rows: CachedTensor): string | undefined {
  try {
    Deno.mkdirSync(folder, { recursive: true });
    writeCheckpoint(path, { rows }, { key, state: digestState({ rows }) });
  } catch (error) {
    if (error instanceof UserError) return `cannot write "${path}": ${reason(error.cause)}`; // of writeAtomic
    if (isFileError(error)) return `cannot make the folder "${folder}": ${reason(error)}`;
    throw error;
  }
}

/** Whether an error is one of the file system: the chunk is not there, may not be read, or cannot be written. */
const isFileError = (error: unknown): boolean => error instanceof Error && "code" in error;

/** A stored chunk, cut to `count` stories; undefined where it must be computed. */
function readChunk(path: string, key: string, count: number): CachedTensor | undefined {
  try {
    const { tensors: { rows }, metadata } = decodeSafetensors(Deno.readFileSync(path), path);
    if (!rows || metadata.key !== key || metadata.state !== digestState({ rows }) || rows.shape[0]! < count) {
      return undefined;
    }
    const size = rows.data.length / rows.shape[0]!;
    const data = (rows as CachedTensor).data.subarray(0, count * size) as CachedTensor["data"];
    return { dtype: rows.dtype, shape: [count, ...rows.shape.slice(1)], data };
  } catch (error) {
    if (error instanceof UserError || isFileError(error)) return undefined;
    throw error;
  }
}

/** Concatenates tensors of one dtype along their first axis. */
function joinChunks(chunks: CachedTensor[]): CachedTensor {
  const { dtype, shape, data } = chunks[0]!;
  const length = chunks.reduce((sum, chunk) => sum + chunk.data.length, 0);
  const all = dtype === "U8" ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk.data, at);
    at += chunk.data.length;
  }
  const stories = chunks.reduce((sum, chunk) => sum + chunk.shape[0]!, 0);
  return { dtype, shape: [stories, ...shape.slice(1)], data: data.length === length ? data : all };
}
