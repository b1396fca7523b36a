/**
 * Reading runs back: what tables, figures and studies are made from. Needs neither checkpoints nor an engine.
 *
 * A record says all that its numbers depend on, so two folders that hold the same run (one of them copied to
 * `runs/reference`) are told by their content and count once.
 */
import { type Config, validateConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { digestJson, projectRoot, readJson, reason } from "../base/files.ts";
import type { Environment } from "./environment.ts";
import { type Entry, readMeasurements } from "./evaluation.ts";
import { findRun, listRuns, runsRoot } from "./folder.ts";
import type { DataRecord } from "./create.ts";
import { configDigest } from "./write.ts";
import { exists } from "./checkpoints.ts";
import { readStatus, type Status } from "./status.ts";

/** A line of metrics.jsonl or timing.jsonl: its step and numbers by name; timing has its moment beside them. */
export type Line = { step: number; [name: string]: number };

/** A run as its folder tells it. */
export interface RunRecord {
  name: string;
  folder: string;
  kind: Status["kind"];
  config: Config;
  status: Status;
  environment: Environment;
  data: DataRecord;
  /** metrics.jsonl */
  lines: Line[];
  /** timing.jsonl */
  timing: Line[];
  /** metrics.json: the newest number of every name. */
  measurements: Record<string, Entry>;
  /** Digest of the state at each checkpoint, by step. */
  digests: Record<string, string>;
}

/** Where the committed records lie. */
export const referenceRoot: string = `${projectRoot}/runs/reference`;

/**
 * Reads the record of a run.
 *
 * @throws UserError naming the folder or file that is gone or damaged.
 */
export function readRun(folder: string): RunRecord {
  if (!exists(folder)) {
    fail(`The run folder "${folder}" is gone; leave it out, or make the run again (deno task train).`);
  }
  const status = readStatus(folder);
  return {
    name: folder.slice(folder.lastIndexOf("/") + 1),
    folder,
    kind: status.kind,
    config: validateConfig(readJson(`${folder}/config.json`)),
    status,
    environment: readJson<Environment>(`${folder}/environment.json`),
    data: readJson<DataRecord>(`${folder}/data.json`),
    lines: readLines(`${folder}/metrics.jsonl`),
    timing: readLines(`${folder}/timing.jsonl`),
    measurements: readMeasurements(folder),
    digests: exists(`${folder}/digests.json`) ? readJson(`${folder}/digests.json`) : {},
  };
}

/**
 * Finds a run as `findRun` does, and beside it a committed record by its name, where no run of one's own is called so.
 *
 * @throws UserError when there is none, with the nearest name.
 */
export function findRecord(text: string, root: string = runsRoot(), committed: string = referenceRoot): string {
  const named = (root: string) => listRuns(root).find(({ name }) => name === text);
  return named(root) ? findRun(text, root) : named(committed)?.folder ?? findRun(text, root);
}

/**
 * All runs below some folders, each once: of two folders that hold the same run, the one that has checkpoints, or was met
 * first, with the measurements of both.
 *
 * @param roots Default: {@link runsRoot}, then {@link referenceRoot}.
 */
export function readRuns(roots: string[] = [runsRoot(), referenceRoot]): RunRecord[] {
  const found = new Map<string, RunRecord>();
  for (const run of roots.flatMap((root) => listRuns(root)).filter(isSetUp).map(({ folder }) => readRun(folder))) {
    const key = identityDigest(run);
    const other = found.get(key);
    const [kept, left] = other && (hasBest(other.folder) || !hasBest(run.folder)) ? [other, run] : [run, other];
    found.set(key, { ...kept, measurements: { ...left?.measurements, ...kept.measurements } });
  }
  return [...found.values()];
}

/** Whether what a run learnt is here, and not only its record. */
export const hasBest = (folder: string): boolean => exists(`${folder}/checkpoints/best.safetensors`);

/** Runs of the same work (configuration, data, steps) have the same, whatever machine did it and whatever bits came out. */
export const workDigest = ({ kind, config, data, status }: RunRecord): string =>
  digestJson([kind, configDigest(config, kind), data.digest, status.step]);

/** Runs that are the same to the last bit have the same identity; one without a checkpoint is like no other. */
function identityDigest(run: RunRecord): string {
  const state = run.digests[String(run.status.step)];
  return state === undefined ? run.folder : digestJson([workDigest(run), state]);
}

/** A run that was killed while its folder was made has no status or configuration yet. */
function isSetUp({ folder }: { folder: string }): boolean {
  return ["status", "config", "environment", "data"].every((file) => exists(`${folder}/${file}.json`));
}

/** The lines of a .jsonl file; a last one that was cut short, as by a kill, is left out. */
function readLines(path: string): Line[] {
  if (!exists(path)) return [];
  const lines = Deno.readTextFileSync(path).split("\n");
  lines.pop(); // empty, or cut short
  return lines.map((line, i) => {
    try {
      return JSON.parse(line) as Line;
    } catch (error) {
      fail(`"${path}" is damaged in line ${i + 1}: ${reason(error)}. Restore it, or leave the run out.`, error);
    }
  });
}
