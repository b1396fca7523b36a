/**
 * Reads the numbers of a step without delaying the next one.
 *
 * A compiled step returns at once and runs in the background; reading any of its results waits for it. So the report of
 * a step is read only when the next step was started: the engine always has work, and never more than two steps.
 */
import { disposeTree, type State } from "../engine/mod.ts";

/** Returned by {@link lateReports}. */
export interface LateReports {
  /** Takes the report of the step just started, and reads the one before. */
  next(step: number, report: State): Promise<void>;
  /** Reads the last report at once, e.g. before a checkpoint. */
  settle(): Promise<void>;
}

/** Settings of {@link lateReports}. */
export interface ReportSettings {
  /** Whether the numbers of a step are logged. */
  wanted: (step: number) => boolean;
  /** Takes the numbers of a wanted step, without `health`. */
  write: (step: number, values: Record<string, number>) => void;
  /** Takes the step's `health` [S] after every step, and throws if it is not finite; see health.ts. */
  check: (step: number, health: ArrayLike<number>) => void;
}

/**
 * Starts reading reports one step late; every report is disposed of. Errors of `check` are thrown by `next` and
 * `settle`.
 */
export function lateReports({ wanted, write, check }: ReportSettings): LateReports {
  let late: { step: number; report: State } | undefined;

  async function settle(): Promise<void> {
    if (!late) return;
    const { step, report: { health, ...report } } = late;
    late = undefined;
    try {
      check(step, await health!.data());
      if (wanted(step)) write(step, await readReport(report));
    } finally {
      disposeTree({ health: health!, ...report });
    }
  }
  async function next(step: number, report: State): Promise<void> {
    try {
      await settle();
    } catch (error) {
      disposeTree(report);
      throw error;
    }
    late = { step, report };
  }
  return { next, settle };
}

/** The scalars of a report as numbers, sorted by name. */
export async function readReport(report: State): Promise<Record<string, number>> {
  const names = Object.keys(report).sort();
  const values = await Promise.all(names.map(async (name) => (await report[name]!.data())[0]!));
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}
