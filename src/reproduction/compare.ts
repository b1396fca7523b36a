/**
 * Compares two trainings of one run: line by line of metrics.jsonl, and by the digests of their states.
 *
 * The difference of two numbers is |a − b| divided by the larger of |a| and |b|, so that losses of any size count
 * alike.
 */
import type { Line, RunRecord } from "../records/read.ts";

/** Two trainings are `equal` where no relative difference is larger than this. */
export const tolerance = 1e-3;

/** A number that differs between two trainings. */
export interface Difference {
  step: number;
  name: string;
  recorded: number;
  found: number;
  /** The relative difference. */
  relative: number;
}

/** The result of a comparison. */
export interface Comparison {
  /** `identical` to the last bit; `equal` within {@link tolerance}; `different` otherwise. */
  verdict: "identical" | "equal" | "different";
  /** How many lines of metrics.jsonl and states of digests.json both have. */
  lines: number;
  states: number;
  /** The last step that both have. */
  step: number;
  /** The largest relative difference of all numbers. */
  largest: number;
  /** The first number with any difference. */
  first?: Difference;
  /** The first number that differs by more than the tolerance. */
  beyond?: Difference;
  /** The first step with different states. */
  state?: number;
  /** Names of numbers that are only in one of the two. */
  only: { recorded: string[]; found: string[] };
}

/**
 * Compares the lines and states that both trainings have; one that was stopped early has fewer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compareTrainings, verdictLine } from "./compare.ts";
 *
 * const recorded = { lines: [{ step: 1, "loss.d": 2 }, { step: 2, "loss.d": 1 }], digests: { 2: "a" } };
 * assertEquals(compareTrainings(recorded, structuredClone(recorded)).verdict, "identical");
 *
 * const other = { ...recorded, lines: [{ step: 1, "loss.d": 2 }, { step: 2, "loss.d": 1.5 }] };
 * assertEquals(verdictLine(compareTrainings(recorded, other)), "different since step 2");
 * ```
 */
export function compareTrainings(
  recorded: Pick<RunRecord, "lines" | "digests">,
  found: Pick<RunRecord, "lines" | "digests">,
): Comparison {
  // Training and validation may share a step, so a line is identified by its step and the kind of its numbers.
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

/** |a − b| / max(|a|, |b|): 0 for equal numbers, at most 2; infinity where one of them is NaN. */
export function relativeDifference(a: number, b: number): number {
  if (a === b) return 0;
  const relative = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  return Number.isNaN(relative) ? Infinity : relative;
}

/** The verdict as text: `identical`, `equal within 1e-6`, or `different since step 40`. */
export function verdictLine({ verdict, largest, beyond, state }: Comparison): string {
  if (verdict === "identical") return "identical";
  if (verdict === "different") return `different since step ${beyond!.step}`;
  if (largest === 0) return `equal in every number, but not in the last bits of the state since step ${state}`;
  return `equal within 1e${-Math.floor(-Math.log10(largest))}`;
}
