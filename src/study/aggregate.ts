/**
 * From the values of single runs to the results of a study: mean ± standard deviation over seeds, paired differences.
 */
import { fail } from "../base/errors.ts";
import { holm, studentP, studentQuantile } from "./student.ts";

/** One value of one run, e.g. its FID. */
export interface Value {
  row: string;
  seed: number;
  run: string;
  value: number;
}

/** The values of a row over its seeds. */
export interface Aggregate {
  row: string;
  n: number;
  seeds: number[];
  mean: number;
  /** Standard deviation of the sample (divisor n − 1); 0 for a single run. */
  sd: number;
  values: Value[];
}

/** A difference of two rows, paired by seed. */
export interface Difference {
  mean: number;
  /** 95 % interval by Student's t over the differences of the seeds; null for a single seed, which has none. */
  low: number | null;
  high: number | null;
  /** Two-sided p value of the same test; null for a single seed. */
  p: number | null;
  /** Number of seeds that both rows have. */
  n: number;
}

/** A difference of a table; `holm` is its p value adjusted for all differences of the table ({@link adjusted}). */
export interface TableDifference extends Difference {
  holm: number | null;
}

/**
 * Computes mean and standard deviation of each row.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { aggregate } from "./aggregate.ts";
 *
 * const values = [{ row: "full", seed: 1, run: "0001", value: 4 }, { row: "full", seed: 2, run: "0002", value: 6 }];
 * const [full] = aggregate(values);
 * assertEquals([full!.mean, full!.sd, full!.seeds], [5, Math.SQRT2, [1, 2]]);
 * ```
 *
 * @returns one entry for each row, in the order in which the rows first occur.
 * @throws UserError when a row has two values of one seed, since the seed would count twice.
 */
export function aggregate(values: Value[]): Aggregate[] {
  return [...Map.groupBy(values, ({ row }) => row)].map(([row, list]) => {
    const sorted = list.toSorted((a, b) => a.seed - b.seed);
    const twice = sorted.find(({ seed }, i) => i > 0 && sorted[i - 1]!.seed === seed);
    if (twice) {
      const runs = list.filter(({ seed }) => seed === twice.seed).map(({ run }) => run);
      fail(`The row "${row}" has two runs of seed ${twice.seed}, ${runs.join(" and ")}: leave one of them out.`);
    }
    const n = sorted.length;
    const mean = sorted.reduce((sum, { value }) => sum + value, 0) / n;
    const variance = sorted.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
    return { row, n, seeds: sorted.map(({ seed }) => seed), mean, sd: Math.sqrt(variance), values: sorted };
  });
}

/**
 * Computes `a − b` over the seeds that both rows have. Runs of one seed start from the same weights and random numbers,
 * so the effect of the seed that is common to both rows cancels.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { aggregate, pairedDifference } from "./aggregate.ts";
 *
 * const value = (row: string, seed: number, value: number) => ({ row, seed, run: `${row}-${seed}`, value });
 * const [without, full] = aggregate([
 *   value("without", 1, 7), value("without", 2, 9),
 *   value("full", 1, 4), value("full", 2, 6),
 * ]);
 * assertEquals(pairedDifference(without!, full!), { mean: 3, low: 3, high: 3, p: 0, n: 2 }); // 3 for both seeds
 * ```
 *
 * The interval is mean ± t·s/√n with n − 1 degrees of freedom. It takes the differences as normally distributed; a
 * bootstrap, which does not, cannot reach 95 % with few seeds: of three it covers 75 %.
 *
 * @returns the difference with its interval; undefined where the rows share no seed.
 */
export function pairedDifference(a: Aggregate, b: Aggregate): Difference | undefined {
  const differences = a.values.flatMap(({ seed, value }) => {
    const other = b.values.find((candidate) => candidate.seed === seed);
    return other ? [value - other.value] : [];
  });
  const n = differences.length;
  if (n === 0) return undefined;
  const mean = differences.reduce((sum, x) => sum + x, 0) / n;
  if (n === 1) return { mean, low: null, high: null, p: null, n };
  const variance = differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const error = Math.sqrt(variance / n);
  const half = studentQuantile(0.95, n - 1) * error;
  return { mean, low: mean - half, high: mean + half, p: mean === 0 ? 1 : studentP(mean / error, n - 1), n };
}

/** Whether an interval is beside zero. */
export function excludesZero({ low, high }: Difference): boolean {
  return low !== null && high !== null && low * high > 0;
}

/** Whether a difference of a table is still one at 5 % with Holm's correction for all differences of the table. */
export function remains({ holm }: TableDifference): boolean {
  return holm !== null && holm <= 0.05;
}

/** Adds Holm's adjusted p values to all differences of a table, in the same order. */
export function adjusted(differences: Difference[]): TableDifference[] {
  const values = holm(differences.map(({ p }) => p));
  return differences.map((difference, i) => ({ ...difference, holm: values[i]! }));
}

/** What the intervals and p values of a table are, as a sentence for its readers. */
export function intervalsInWords(comparisons: number): string {
  return "95 %: Student's t over the differences by seed, for one comparison; " +
    `p: the same test, adjusted for the ${comparisons === 1 ? "one comparison" : `${comparisons} comparisons`} ` +
    "of the table (Holm).";
}
