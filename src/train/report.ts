/**
 * Reading a step's numbers without holding up the next one.
 *
 * A compiled step returns at once and works on in the background; reading any of its results waits for it. So a step's
 * report is looked at only when the following step has been handed over: the engine always has work, and never more
 * than two steps of it.
 */
import { disposeTree, type State } from "../engine/mod.ts";

/** What {@link lateReports} keeps track of. */
export interface LateReports {
  /** Hands over the report of the step just started, and deals with the one before. */
  next(step: number, report: State): Promise<void>;
  /** Deals with the last report at once, e.g. before a checkpoint. */
  settle(): Promise<void>;
}

/** Settings of {@link lateReports}. */
export interface ReportSettings {
  /** Whether a step's numbers are written down. */
  wanted: (step: number) => boolean;
  /** Takes the numbers of a wanted step, without `health`. */
  write: (step: number, values: Record<string, number>) => void;
  /** Takes the step's `health` [S] after every step, and throws if it is not well; see health.ts. */
  check: (step: number, health: ArrayLike<number>) => void;
}

/** Starts reading reports one step late; every report handed over is disposed. What `check` throws comes out here. */
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
