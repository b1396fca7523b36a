/**
 * Comparing two trainings of one run: line by line of metrics.jsonl, and by the digests of their states.
 *
 * A number differs by |a − b| over the larger of |a| and |b|, so that losses of any size count alike.
 */
import type { Line, RunRecord } from "../records/read.ts";

/** Two trainings are `equal` where no number differs by more than this. */
export const tolerance = 1e-3;

/** A number that two trainings do not share. */
export interface Difference {
  step: number;
  name: string;
  recorded: number;
  found: number;
  /** 0 where the states alone differ. */
  relative: number;
}

/** What comparing says. */
export interface Comparison {
  /** `identical` to the last bit; `equal` within {@link tolerance}; `different` beyond it from some step on. */
  verdict: "identical" | "equal" | "different";
  /** Lines and states of metrics.jsonl and digests.json that both have. */
  lines: number;
  states: number;
  /** The last step that both have. */
  step: number;
  /** The largest relative difference of all numbers. */
  largest: number;
  /** The first number that is not the same at all. */
  first?: Difference;
  /** The first number that differs by more than the tolerance. */
  beyond?: Difference;
  /** The first step whose states are not the same. */
  state?: number;
  /** Names of numbers that one of them lacks. */
  only: { recorded: string[]; found: string[] };
}

/** Compares what both have; a training that was stopped early has less. */
export function compareTrainings(
  recorded: Pick<RunRecord, "lines" | "digests">,
  found: Pick<RunRecord, "lines" | "digests">,
): Comparison {
  // Training and validation may share a step: a line is known by its step and the kind of its numbers.
  const others = new Map(found.lines.map((line) => [keyOf(line), line]));
  const only = { recorded: new Set<string>(), found: new Set<string>() };
  let [first, beyond]: (Difference | undefined)[] = [];
  let [lines, largest, step] = [0, 0, 0];
  for (const line of recorded.lines) {
    const other = others.get(keyOf(line));
    if (!other) continue;
    lines++;
    step = line.step;
    for (const name of Object.keys(other)) if (!(name in line)) only.found.add(name);
    for (const [name, value] of Object.entries(line)) {
      if (!(name in other)) {
        only.recorded.add(name);
        continue;
      }
      const relative = relativeDifference(value, other[name]!);
      if (relative === 0) continue;
      const difference = { step: line.step, name, recorded: value, found: other[name]!, relative };
      first ??= difference;
      if (relative > tolerance) beyond ??= difference;
      largest = Math.max(largest, relative);
    }
  }
  const shared = Object.keys(recorded.digests).filter((at) => at in found.digests);
  const state = shared.find((at) => recorded.digests[at] !== found.digests[at]);
  return {
    verdict: beyond ? "different" : first || state !== undefined ? "equal" : "identical",
    lines,
    states: shared.length,
    step: Math.max(step, ...shared.map(Number)),
    largest,
    ...(first ? { first } : {}),
    ...(beyond ? { beyond } : {}),
    ...(state !== undefined ? { state: Number(state) } : {}),
    only: { recorded: [...only.recorded], found: [...only.found] },
  };
}

const keyOf = (line: Line): string =>
  `${line.step} ${Object.keys(line).some((name) => name.endsWith(".val")) ? "validation" : "training"}`;

/** 0 for equal numbers, at most 2; no number of its own (NaN) is infinitely far. */
export function relativeDifference(a: number, b: number): number {
  if (a === b) return 0;
  const relative = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  return Number.isNaN(relative) ? Infinity : relative;
}

/** The verdict as a line: `identical`, `equal within 1e-6`, or `different since step 40`. */
export function verdictLine({ verdict, largest, beyond, state }: Comparison): string {
  if (verdict === "identical") return "identical";
  if (verdict === "different") return `different since step ${beyond!.step}`;
  if (largest === 0) return `equal in every number, but not in the last bits of the state since step ${state}`;
  return `equal within 1e${-Math.floor(-Math.log10(largest))}`;
}
