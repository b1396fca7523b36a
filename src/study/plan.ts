/**
 * The plan of a study: one job for each row and seed, with its run folder if there is one, and its state.
 *
 * A run is identified by all that its numbers depend on (configuration, data, steps), not by who started it. So a run
 * that was trained by hand, or that is in `runs/reference`, counts like one that the study started.
 */
import { type Config, resolveConfig } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { exists, sha256File } from "../base/files.ts";
import { MANIFEST, preparedFolder } from "../data/store/manifest.ts";
import { configDigest } from "../records/write.ts";
import { hasBest, readRuns, type RunRecord } from "../records/read.ts";
import { lastCheckpoint } from "../records/checkpoints.ts";
import { isLocked } from "../records/status.ts";
import { findTextEvaluators, textEvaluatorName } from "./evaluators.ts";
import type { Study, StudyRow } from "./study.ts";

/** The state of a job: what is to be done next, or how it ended. */
export type JobState = "to train" | "to resume" | "running" | "to evaluate" | "finished" | "failed";

/** A job of a study: one row with one seed. */
export interface Job {
  /** Label and seed, e.g. `tau-0.5 seed 2`. */
  name: string;
  row: StudyRow;
  seed: number;
  config: Config;
  /** Overrides of the preset: those of the row, the seed, and those of the whole study. */
  set: string[];
  state: JobState;
  /** The run, once it has a folder. */
  run?: RunRecord | undefined;
  /** Why it failed. */
  error?: string | undefined;
}

/** Settings of {@link planStudy}. */
export interface PlanOptions {
  /** Folders of runs. Default: `runs`, then the reference. */
  roots?: string[] | undefined;
  /** Folder of all data sets. Where a set is prepared there, only runs on exactly this set count. */
  data: string;
  /** Overrides of every run, e.g. `train.steps=100`. */
  set?: string[] | undefined;
  /** Errors of earlier attempts, by job name. */
  failures?: Record<string, string> | undefined;
}

/**
 * Plans a study; nothing is started or written.
 *
 * @returns one job for each row and seed, rows first.
 * @throws UserError when two rows are the same run, or for a setting that does not exist.
 */
export function planStudy(study: Study, { roots, data, set = [], failures = {} }: PlanOptions): Job[] {
  const records = readRuns(roots);
  const jobs = study.rows.flatMap((row) =>
    study.seeds.map((seed): Job => {
      const settings = [...row.set, `seed=${seed}`, ...set];
      const config = resolveConfig(study.preset, settings);
      const name = `${row.label} seed ${seed}`;
      const evaluators = findTextEvaluators(config, records).map(textEvaluatorName);
      const found = records.filter((record) => isRunOf(record, config, data)).map((run) => ({
        run,
        state: stateOf(run, evaluators),
      }));
      const { run, state } = furthest(found) ?? { state: "to train" as const };
      const error = state === "finished" || state === "to evaluate" ? undefined : failures[name] ?? run?.status.error;
      return { name, row, seed, config, set: settings, state: error ? "failed" : state, run, error };
    })
  );
  const seen = new Map<string, Job>();
  for (const job of jobs) {
    const key = `${configDigest(job.config, "gan")} ${job.config.train.steps}`;
    const other = seen.get(key);
    if (other) fail(`"${job.name}" and "${other.name}" are the same run; leave out one of the two rows.`);
    seen.set(key, job);
  }
  return jobs;
}

/** Whether a run has the wanted configuration and steps, and was trained on the data set that is prepared here. */
function isRunOf({ kind, config, data }: RunRecord, wanted: Config, root: string): boolean {
  if (kind !== "gan" || configDigest(config, "gan") !== configDigest(wanted, "gan")) return false;
  const { steps } = wanted.train;
  if (steps > 0 && config.train.steps !== steps) return false;
  const manifest = `${preparedFolder(wanted.data.name, root)}/${MANIFEST}`;
  return !exists(manifest) || sha256File(manifest) === data.digest;
}

/** The most advanced of several runs of one job; the newest where several are equally advanced. */
function furthest<T extends { run: RunRecord; state: JobState | undefined }>(
  found: T[],
): (T & { state: JobState }) | undefined {
  const rank = ({ state }: T) => ["finished", "to evaluate", "running", "to resume"].indexOf(state ?? "");
  const usable = found.filter((one): one is T & { state: JobState } => one.state !== undefined);
  return usable.sort((a, b) => rank(a) - rank(b) || (a.run.name < b.run.name ? 1 : -1))[0];
}

/** The state of a run; undefined for one that is not finished and evaluated, and has no checkpoint to continue from. */
function stateOf({ status, folder, measurements }: RunRecord, evaluators: string[]): JobState | undefined {
  if (status.state === "finished" && isEvaluated(measurements, evaluators)) return "finished";
  if (status.state === "running" && isLocked(folder)) return "running";
  if (status.state === "finished") return hasBest(folder) ? "to evaluate" : undefined;
  return exists(lastCheckpoint(folder)) ? "to resume" : undefined;
}

/** Whether the run was evaluated on test with one of the study's text encoders. */
function isEvaluated(measurements: RunRecord["measurements"], evaluators: string[]): boolean {
  return evaluators.some((evaluator) => `cosine[${evaluator}].test` in measurements);
}
