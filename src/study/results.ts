/**
 * The results of a study: for each metric, mean and standard deviation of each row and its difference to the baseline.
 */
import { parseName } from "../metrics/names.ts";
import { adjusted, type Aggregate, aggregate, pairedDifference, type TableDifference } from "./aggregate.ts";
import type { Job } from "./plan.ts";
import type { Study } from "./study.ts";

/** The values of a row under one metric name, and its difference to the baseline, paired by seed. */
export interface ResultRow extends Aggregate {
  /** Absent for the baseline itself, and where the two rows share no seed. */
  difference?: TableDifference;
}

/** The content of a study's `results.json`. */
export interface StudyResults {
  study: string;
  baseline: string;
  /** The finished runs, which all values come from. */
  runs: { job: string; run: string; commit: string | null; threads: number }[];
  /** Jobs without a finished run. */
  missing: { job: string; state: string; error?: string }[];
  /** By full metric name; only names of the split `test` that every finished run has. */
  metrics: Record<string, ResultRow[]>;
}

/** Aggregates the finished jobs of a study. Without finished jobs, `metrics` is empty. */
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
      return [name, base ? compared(rows, base) : rows];
    })),
  };
}

/** Adds the differences to the baseline; they are those of one table, and their p values adjusted together. */
function compared(rows: Aggregate[], base: Aggregate): ResultRow[] {
  const found = rows.flatMap((row) => {
    const difference = row === base ? undefined : pairedDifference(row, base);
    return difference ? [{ row, difference }] : [];
  });
  const differences = adjusted(found.map(({ difference }) => difference));
  return rows.map((row) => {
    const at = found.findIndex((one) => one.row === row);
    return at < 0 ? row : { ...row, difference: differences[at]! };
  });
}
