/**
 * The life-cycle of a run, and the lock that keeps a second process out of its folder.
 *
 * The lock is the operating system's: it ends with the process that holds it. So a run whose status is "running" while
 * no process holds its lock was killed.
 */
import { hostname } from "node:os";
import { fail } from "../base/errors.ts";
import { readJson, writeAtomic } from "../base/files.ts";

export interface Status {
  /** A GAN run, the pre-training of a text encoder, or the training of a classifier. */
  kind: "gan" | "damsm" | "classifier";
  state: "running" | "finished" | "interrupted" | "failed";
  /** Steps done, and to do in all. */
  step: number;
  steps: number;
  pid: number;
  host: string;
  /** ISO times; `started` is the first start, `heartbeat` the last time it was known to run. */
  started: string;
  heartbeat: string;
  /** What ended a failed run. */
  error?: string;
}

/** The present moment as a record writes it. */
export const now = (): string => new Date().toISOString();

/** The status of a run that starts or continues in this process. */
export function runningStatus(kind: Status["kind"], step: number, steps: number, started = now()): Status {
  return { kind, state: "running", step, steps, pid: Deno.pid, host: hostname(), started, heartbeat: now() };
}

export function writeStatus(folder: string, status: Status): void {
  writeAtomic(`${folder}/status.json`, JSON.stringify(status, null, 2) + "\n");
}

/**
 * The status of a run.
 *
 * @throws UserError when the folder is no run of this kit.
 */
export function readStatus(folder: string): Status {
  const status = readJson<Status>(`${folder}/status.json`);
  if (!["gan", "damsm", "classifier"].includes(status?.kind)) fail(`"${folder}/status.json" is no status of a run.`);
  return status;
}

/**
 * Takes the run folder for this process.
 *
 * @returns a function that releases it.
 * @throws UserError when another process uses it.
 */
export function lockRun(folder: string): () => void {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(`${folder}/lock`, { create: true, write: true });
  } catch (error) {
    fail(`Cannot open the run folder "${folder}": ${(error as Error).message}.`, error);
  }
  if (!file.tryLockSync(true)) {
    file.close();
    const { pid, host } = readOwner(folder);
    fail(
      `The run "${folder}" is in use by process ${pid ?? "?"} on ${host ?? "this machine"}. ` +
        `Wait until it ends, or stop it with Ctrl-C there.`,
    );
  }
  return () => file.close();
}

/** Whether a process uses the folder now. */
export function isLocked(folder: string): boolean {
  using file = Deno.openSync(`${folder}/lock`, { create: true, write: true });
  return !file.tryLockSync(true);
}

function readOwner(folder: string): Partial<Status> {
  try {
    return readStatus(folder);
  } catch {
    return {};
  }
}
