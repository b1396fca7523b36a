/**
 * Reads run folders, for tables, figures and studies. Needs neither checkpoints nor an engine.
 *
 * A record states everything that its numbers depend on, so two folders of the same run (one of them copied to
 * `runs/reference`) are recognised by their contents and count once.
 */
import { type Config, validateConfig } from "../model/config.ts";
import { fail, UserError } from "../base/errors.ts";
import { digestJson, exists, projectRoot, readJson, readJsonLines } from "../base/files.ts";
import { checkpointPath } from "./checkpoints.ts";
import type { Environment } from "./environment.ts";
import { type CurvePoint, type Entry, readCurve, readMeasurements } from "./evaluation.ts";
import { findRun, listRuns, runsRoot } from "./folder.ts";
import type { DataRecord } from "./create.ts";
import { configDigest } from "./write.ts";
import { readStatus, type Status } from "./status.ts";

/** A line of metrics.jsonl or timing.jsonl: a step and numbers by name; timing also has the time of day. */
export type Line = { step: number; [name: string]: number };

/** A run as recorded in its folder. */
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
  /** metrics.json: the newest number of every metric name. */
  measurements: Record<string, Entry>;
  /** curve.jsonl: the numbers of the kept checkpoints, by name and step. */
  curve: CurvePoint[];
  /** Digests of the state at each checkpoint, by step. */
  digests: Record<string, string>;
}

/** The folder of the committed records. */
export const referenceRoot: string = `${projectRoot}/runs/reference`;

/**
 * Reads the record of a run.
 *
 * @throws UserError naming the folder or file that is missing or damaged.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readRun, referenceRoot } from "./read.ts";
 *
 * const run = readRun(`${referenceRoot}/0003-classifier-clipart`);
 * assertEquals([run.kind, run.status.state, run.data.name], ["classifier", "finished", "clipart"]);
 * assertEquals(run.lines.at(-1)!.step, run.status.step);
 * ```
 */
export function readRun(folder: string): RunRecord {
  if (!exists(folder)) {
    fail(`There is no run folder "${folder}"; leave it out, or train the run again (deno task train).`);
  }
  const status = readStatus(folder);
  return {
    name: folder.slice(folder.lastIndexOf("/") + 1),
    folder,
    kind: status.kind,
    config: readConfig(folder),
    status,
    environment: readJson<Environment>(`${folder}/environment.json`),
    data: readJson<DataRecord>(`${folder}/data.json`),
    lines: readLines(`${folder}/metrics.jsonl`),
    timing: readLines(`${folder}/timing.jsonl`),
    measurements: readMeasurements(folder),
    curve: readCurve(folder),
    digests: exists(`${folder}/digests.json`) ? readJson(`${folder}/digests.json`) : {},
  };
}

/** @throws UserError naming the file, e.g. of a run whose system is not registered. */
function readConfig(folder: string): Config {
  const path = `${folder}/config.json`;
  const tree = readJson(path);
  try {
    return validateConfig(tree);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    fail(
      `"${path}" cannot be used: ${error.message} Restore it, register the run's system, or move the run away.`,
      error,
    );
  }
}

/** Whether one of a run's checkpoints had this state. A record is found so wherever it was copied, under any name. */
export function hadState({ digests }: RunRecord, digest: string): boolean {
  return Object.values(digests).includes(digest);
}

/** Finds a run as `findRun` does; where no run has this name, a committed record of the name. */
export function findRunOrReference(text: string, root: string = runsRoot(), committed: string = referenceRoot): string {
  const named = (root: string) => listRuns(root).find(({ name }) => name === text);
  return named(root) ? findRun(text, root) : named(committed)?.folder ?? findRun(text, root);
}

/**
 * All runs in some folders, each run once. Of two folders with the same run the one with checkpoints is returned, or
 * else the first, with the measurements of both and a curve.
 *
 * @param roots default: {@link runsRoot}, then {@link referenceRoot}
 * @throws UserError as {@link readRun} does.
 */
export function readRuns(roots: string[] = [runsRoot(), referenceRoot]): RunRecord[] {
  const found = new Map<string, RunRecord>();
  for (const run of roots.flatMap((root) => listRuns(root)).filter(isSetUp).map(({ folder }) => readRun(folder))) {
    const key = identityDigest(run);
    const other = found.get(key);
    const [kept, dropped] = other && (hasBest(other.folder) || !hasBest(run.folder)) ? [other, run] : [run, other];
    const curve = kept.curve.length > 0 ? kept.curve : dropped?.curve ?? [];
    found.set(key, { ...kept, curve, measurements: { ...dropped?.measurements, ...kept.measurements } });
  }
  return [...found.values()];
}

/** Whether the trained weights of a run are present, and not only its record. */
export const hasBest = (folder: string): boolean => exists(checkpointPath(folder, "best"));

/** Equal for runs with the same configuration, data and steps, on any machine and with any result. */
export const workDigest = ({ kind, config, data, status }: RunRecord): string =>
  digestJson([kind, configDigest(config, kind), data.digest, status.step]);

/** Equal for runs that are the same to the last bit; a run without a checkpoint equals no other. */
function identityDigest(run: RunRecord): string {
  const state = run.digests[String(run.status.step)];
  return state === undefined ? run.folder : digestJson([workDigest(run), state]);
}

/** A run that was killed while its folder was created has no status or configuration yet. */
function isSetUp({ folder }: { folder: string }): boolean {
  return ["status", "config", "environment", "data"].every((file) => exists(`${folder}/${file}.json`));
}

/** The lines of a training run, without a last one that is cut short by a kill. */
const readLines = (path: string): Line[] => readJsonLines<Line>(path, "Restore the file, or leave the run out.", true);
