/**
 * The folder of a data set that is being prepared: `prepared.partial`, beside the complete one.
 *
 * Pictures are appended frame by frame, and a journal lists the frames whose pictures are on disk. When a process is
 * killed or stops at an invalid picture, only the frames after the last entry are lost; the next process that prepares
 * the same set continues from there.
 */
import { fail } from "../../base/errors.ts";
import { readJson, reason, writeAtomic } from "../../base/files.ts";
import { IMAGES, preparedFolder } from "../store/manifest.ts";

/** The outcome of a frame: its number of pictures and remarks on them, or the reason why it was skipped. */
export type Outcome = { pictures: number; remarks?: string[] } | { dropped: string };

/** A frame that was read: its pictures, uint8 [64, 64, 3] each, and how they were changed. */
export type Read = { pictures: Uint8Array[]; remarks: string[] } | { dropped: string };

export interface Partial {
  folder: string;
  /** Outcomes of the frames that an earlier process completed. */
  finished: Outcome[];
  /** Appends the pictures of the next frame, or records that it was skipped. */
  add(frame: Read): Outcome;
  /** Flushes pictures and journal to disk. */
  sync(): void;
  /** Replaces the complete folder by this one; the former one is deleted after that. */
  finish(): void;
  /** Releases the lock; the folder stays, so that another process can continue. */
  close(): void;
}

const PLAN = "plan.json";
const JOURNAL = "journal.jsonl";
const syncEvery = 512; // frames

/**
 * Opens the partial folder of data set `name`.
 *
 * @param plan digest of the set to prepare; a folder with another plan is emptied
 * @throws UserError when another process is preparing the set, or the folder cannot be read
 */
export function openPartial(name: string, root: string, plan: string): Partial {
  const target = preparedFolder(name, root);
  const folder = `${target}.partial`;
  const former = `${target}.former`;
  Deno.mkdirSync(folder, { recursive: true });
  const lock = Deno.openSync(`${folder}/lock`, { create: true, write: true });
  if (!lock.tryLockSync(true)) {
    lock.close();
    fail(`The data set "${name}" is being prepared by another process in ${folder}; wait until it ends.`);
  }
  // A process was killed between the two renames of finish(): restore the former set.
  if (exists(former) && !exists(target)) Deno.renameSync(former, target);
  remove(former);

  const finished = planOf(folder) === plan ? readJournal(folder) : startOver(folder, plan);
  const images = Deno.openSync(`${folder}/${IMAGES}`, { append: true, create: true });
  const journal = Deno.openSync(`${folder}/${JOURNAL}`, { append: true, create: true });
  let waiting: Outcome[] = [];
  let open = true;

  function sync(): void {
    images.syncDataSync();
    for (const outcome of waiting) writeAll(journal, new TextEncoder().encode(JSON.stringify(outcome) + "\n"));
    waiting = [];
  }
  function close(): void {
    if (!open) return;
    open = false;
    for (const file of [images, journal, lock]) file.close();
  }
  return {
    folder,
    finished,
    add(frame) {
      const outcome = outcomeOf(frame);
      if ("pictures" in frame) { for (const picture of frame.pictures) writeAll(images, picture); }
      waiting.push(outcome);
      if (waiting.length >= syncEvery) sync();
      return outcome;
    },
    sync,
    finish() {
      close();
      for (const file of [PLAN, JOURNAL, "lock"]) Deno.removeSync(`${folder}/${file}`);
      if (exists(target)) Deno.renameSync(target, former);
      Deno.renameSync(folder, target);
      remove(former);
    },
    close,
  };
}

function outcomeOf(frame: Read): Outcome {
  if ("dropped" in frame) return frame;
  const remarks = [...new Set(frame.remarks)];
  return { pictures: frame.pictures.length, ...remarks.length > 0 && { remarks } };
}

function planOf(folder: string): unknown {
  return exists(`${folder}/${PLAN}`) ? readJson<{ plan?: string }>(`${folder}/${PLAN}`).plan : undefined;
}

/** The frames whose pictures are on disk; pictures after the last entry are truncated. */
function readJournal(folder: string): Outcome[] {
  const outcomes: Outcome[] = [];
  const available = exists(`${folder}/${IMAGES}`) ? Deno.statSync(`${folder}/${IMAGES}`).size : 0;
  let bytes = 0;
  for (const line of exists(`${folder}/${JOURNAL}`) ? Deno.readTextFileSync(`${folder}/${JOURNAL}`).split("\n") : []) {
    const outcome = parse(line);
    const size = outcome && "pictures" in outcome ? outcome.pictures * 64 * 64 * 3 : 0;
    if (!outcome || bytes + size > available) break;
    outcomes.push(outcome);
    bytes += size;
  }
  if (available > 0) Deno.truncateSync(`${folder}/${IMAGES}`, bytes);
  writeAtomic(`${folder}/${JOURNAL}`, outcomes.map((outcome) => JSON.stringify(outcome) + "\n").join(""));
  return outcomes;
}

/** A half-written last line is no outcome. */
function parse(line: string): Outcome | undefined {
  try {
    return JSON.parse(line) as Outcome;
  } catch {
    return undefined;
  }
}

function startOver(folder: string, plan: string): Outcome[] {
  for (const { name } of [...Deno.readDirSync(folder)]) {
    if (name !== "lock") Deno.removeSync(`${folder}/${name}`, { recursive: true });
  }
  writeAtomic(`${folder}/${PLAN}`, JSON.stringify({ plan }) + "\n");
  return [];
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    fail(`Cannot read "${path}": ${reason(error)}.`, error);
  }
}

function remove(path: string): void {
  if (exists(path)) Deno.removeSync(path, { recursive: true });
}
