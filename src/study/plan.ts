/**
 * What a study has to do: its runs, each with the record that it has already.
 *
 * A run is known by what its numbers depend on (configuration, data, steps), not by who started it: one that a person
 * trained by hand, or that lies in `runs/reference`, is as good as the study's own.
 */
import { type Config, resolveConfig } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { sha256File } from "../base/files.ts";
import { MANIFEST, preparedFolder } from "../data/store/manifest.ts";
import { configDigest } from "../records/write.ts";
import { hasBest, readRuns, type RunRecord } from "../records/read.ts";
import { exists, lastCheckpoint } from "../records/checkpoints.ts";
import { isLocked } from "../records/status.ts";
import { findJudges, judgeName } from "./evaluators.ts";
import type { Row } from "./ablation_rows.ts";
import type { Study } from "./studies.ts";

/** Where a run of a study stands. */
export type JobState = "to train" | "to go on" | "running" | "to judge" | "finished" | "failed";

/** A run of a study: a row with a seed. */
export interface Job {
  /** Such as `ours seed 2`. */
  name: string;
  row: Row;
  seed: number;
  config: Config;
  /** What is set on the command line of the run. */
  set: string[];
  state: JobState;
  /** Its record, once it has one. */
  run?: RunRecord;
  /** Why it failed. */
  error?: string;
}

/** Settings of {@link planStudy}. */
export interface PlanOptions {
  /** Folders of records. Default: that of runs, then the reference. */
  roots?: string[];
  /** Folder of all data sets; where a set is prepared there, only runs on this very set count. */
  data: string;
  /** What was asked to be different in every run, e.g. `train.steps=100`. */
  set?: string[];
  /** Errors of earlier attempts, by job name. */
  failures?: Record<string, string>;
}

/**
 * Plans a study.
 *
 * @throws UserError when two rows are the same run, or for a setting that does not exist.
 */
export function planStudy(study: Study, { roots, data, set = [], failures = {} }: PlanOptions): Job[] {
  const records = readRuns(roots);
  const jobs = study.rows.flatMap((row) =>
    study.seeds.map((seed): Job => {
      const settings = [...row.set, `seed=${seed}`, ...set];
      const config = resolveConfig(study.preset, settings);
      const name = `${row.label} seed ${seed}`;
      const judges = findJudges(config, records).map(judgeName);
      const found = records.filter((record) => isRunOf(record, config, data)).map((run) => ({
        run,
        state: stateOf(run, judges),
      }));
      const { run, state } = furthest(found) ?? { state: "to train" as const };
      const error = state === "finished" || state === "to judge" ? undefined : failures[name] ?? run?.status.error;
      return { name, row, seed, config, set: settings, state: error ? "failed" : state, run, error };
    })
  );
  const seen = new Map<string, Job>();
  for (const job of jobs) {
    const key = `${configDigest(job.config, "gan")} ${job.config.train.steps}`;
    const other = seen.get(key);
    if (other) fail(`"${job.name}" and "${other.name}" are the same run; leave one of the rows out.`);
    seen.set(key, job);
  }
  return jobs;
}

/** Whether a record is the run of a configuration, on the data that are here. */
function isRunOf({ kind, config, data }: RunRecord, wanted: Config, root: string): boolean {
  if (kind !== "gan" || configDigest(config, "gan") !== configDigest(wanted, "gan")) return false;
  const { steps } = wanted.train;
  if (steps > 0 && config.train.steps !== steps) return false;
  const manifest = `${preparedFolder(wanted.data.name, root)}/${MANIFEST}`;
  return !exists(manifest) || sha256File(manifest) === data.digest;
}

/** The furthest of several records of one run, the latest of equals. */
function furthest<T extends { run: RunRecord; state: JobState | undefined }>(
  found: T[],
): (T & { state: JobState }) | undefined {
  const rank = ({ state }: T) => ["finished", "to judge", "running", "to go on"].indexOf(state ?? "");
  const fit = found.filter((of): of is T & { state: JobState } => of.state !== undefined);
  return fit.sort((a, b) => rank(a) - rank(b) || (a.run.name < b.run.name ? 1 : -1))[0];
}

/** Where a run stands; undefined for a record without checkpoints that would still need them. */
function stateOf({ status, folder, measurements }: RunRecord, judges: string[]): JobState | undefined {
  if (status.state === "finished" && isJudged(measurements, judges)) return "finished";
  if (status.state === "running" && isLocked(folder)) return "running";
  if (status.state === "finished") return hasBest(folder) ? "to judge" : undefined;
  return exists(lastCheckpoint(folder)) ? "to go on" : undefined;
}

/** Whether the test stories were judged, by an encoder of the study's own. */
function isJudged(measurements: RunRecord["measurements"], judges: string[]): boolean {
  return judges.some((judge) => `cosine[${judge}].test` in measurements);
}
