/**
 * Reading a step's numbers without holding up the next one.
 *
 * A compiled step returns at once and works on in the background; reading any of its results waits for it. So a step's
 * report is looked at only when the following step has been handed over: the engine always has work, and never more
 * than two steps of it.
 */
import { fail } from "../base/errors.ts";
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
  /** Takes the numbers of a wanted step. */
  write: (step: number, values: Record<string, number>) => void;
  /** Scalar that is not finite when anything went wrong in the step; read after every step. */
  health: string;
}

/**
 * Starts reading reports one step late; every report handed over is disposed.
 *
 * @returns an object whose methods throw a UserError naming the step when a step's `health` is NaN or infinite.
 */
export function lateReports({ wanted, write, health }: ReportSettings): LateReports {
  let late: { step: number; report: State } | undefined;

  async function settle(): Promise<void> {
    if (!late) return;
    const { step, report } = late;
    late = undefined;
    const [value] = await report[health]!.data();
    const broken = !Number.isFinite(value);
    const values = broken || wanted(step) ? await readReport(report) : undefined;
    disposeTree(report);
    if (!values) return;
    const { [health]: _, ...told } = values;
    if (broken) failBroken(step, told);
    write(step, told);
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

function failBroken(step: number, values: Record<string, number>): never {
  const broken = Object.entries(values).filter(([, value]) => !Number.isFinite(value)).map(([name]) => name);
  fail(
    `Training broke at step ${step}: ${broken.join(", ")} ${broken.length > 1 ? "are" : "is"} no finite number. The ` +
      `last checkpoint before it is kept; try a smaller learning rate.`,
  );
}
