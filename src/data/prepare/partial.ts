/**
 * The folder of a set that is being made: `prepared.partial`, beside the finished one.
 *
 * Pictures are appended to it frame by frame, and a journal says after which frame they reached the disk. A process that
 * was killed, or stopped at a bad picture, therefore costs the frames since the last entry, and the next one goes on
 * from there if it is to make the same set.
 */
import { fail } from "../../base/errors.ts";
import { readJson, reason, writeAtomic } from "../../base/files.ts";
import { IMAGES, preparedFolder } from "../store/manifest.ts";

/** What became of a frame: its number of pictures, or why it was dropped. */
export type Outcome = { pictures: number } | { dropped: string };

export interface Partial {
  folder: string;
  /** Outcomes of the frames that an earlier process finished. */
  finished: Outcome[];
  /** Appends the pictures of the next frame. */
  add(pictures: Uint8Array[] | { dropped: string }): void;
  /** Forces all of it to the disk. */
  sync(): void;
  /** Puts the folder in the place of the finished one; the former one goes only when the new one is there. */
  finish(): void;
  /** Lets go of the folder, which stays for another process to go on with. */
  close(): void;
}

const PLAN = "plan.json";
const JOURNAL = "journal.jsonl";
const syncEvery = 512; // frames

/**
 * Opens the partial folder of data set `name`.
 *
 * @param plan digest of what is to be made: another one starts over
 * @throws UserError when another process is making the set, or the disk refuses
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
  // Killed between the two renames of an exchange: the former set is put back.
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
    add(pictures) {
      if ("dropped" in pictures) waiting.push(pictures);
      else {
        for (const picture of pictures) writeAll(images, picture);
        waiting.push({ pictures: pictures.length });
      }
      if (waiting.length >= syncEvery) sync();
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

function planOf(folder: string): unknown {
  return exists(`${folder}/${PLAN}`) ? readJson<{ plan?: string }>(`${folder}/${PLAN}`).plan : undefined;
}

/** The frames whose pictures are on the disk; what was written after them is cut off. */
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
