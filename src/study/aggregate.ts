/**
 * From the values of single runs to the results of a study: mean ± standard deviation over seeds, paired differences.
 */
import { fail } from "../base/errors.ts";
import { interval } from "../metrics/bootstrap.ts";

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
  /** 95 % bootstrap interval over seeds; equal to `mean` for a single seed. */
  low: number;
  high: number;
  /** Number of seeds that both rows have. */
  n: number;
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
 * assertEquals(pairedDifference(without!, full!), { mean: 3, low: 3, high: 3, n: 2 });
 * ```
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
  const { low, high } = interval(differences, { seed: 1, resamples: 10_000 });
  return { mean: differences.reduce((sum, x) => sum + x, 0) / n, low, high, n };
}
