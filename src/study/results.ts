/** What the runs of a study say together, metric by metric. */
import { parseName } from "../metrics/names.ts";
import { type Aggregate, aggregate, type Difference, pairedDifference } from "./aggregate.ts";
import type { Job } from "./plan.ts";
import type { Study } from "./studies.ts";

/** A row's numbers under one metric name, and how it differs from the baseline, seed by seed. */
export interface ResultRow extends Aggregate {
  difference?: Difference;
}

/** A study's results; `results.json` is this. */
export interface StudyResults {
  study: string;
  baseline: string;
  /** Runs that the numbers come from, and jobs that have none yet. */
  runs: { job: string; run: string; commit: string | null; threads: number }[];
  missing: { job: string; state: string; error?: string }[];
  /** By full metric name; only names that every finished run was judged under. */
  metrics: Record<string, ResultRow[]>;
}

/** Aggregates what is finished. */
export function studyResults(study: Study, jobs: Job[]): StudyResults {
  const finished = jobs.filter(({ state }) => state === "finished");
  const names = Object.keys(finished[0]?.run?.measurements ?? {}).filter((name) =>
    parseName(name).split === "test" && finished.every(({ run }) => name in run!.measurements)
  );
  const baseline = study.baseline ?? study.rows.at(-1)!.label;
  return {
    study: study.name,
    baseline,
    runs: finished.map(({ name, run }) => ({
      job: name,
      run: run!.name,
      commit: run!.environment.commit,
      threads: run!.environment.engine.threads,
    })),
    missing: jobs.filter(({ state }) => state !== "finished").map(({ name, state, error }) => ({
      job: name,
      state,
      ...(error ? { error } : {}),
    })),
    metrics: Object.fromEntries(names.map((name) => {
      const rows = aggregate(finished.map(({ row, seed, run }) => ({
        row: row.label,
        seed,
        run: run!.name,
        value: run!.measurements[name]!.value,
      })));
      const base = rows.find(({ row }) => row === baseline);
      return [
        name,
        rows.map((row) => row === base || !base ? row : { ...row, difference: pairedDifference(row, base) }),
      ];
    })),
  };
}
