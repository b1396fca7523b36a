/** From numbers of single runs to what a study says: mean ± standard deviation over seeds, and differences by seed. */
import { fail } from "../base/errors.ts";
import { interval } from "../metrics/bootstrap.ts";

/** One number of one run. */
export interface Value {
  row: string;
  seed: number;
  run: string;
  value: number;
}

/** What the runs of a row say together. */
export interface Aggregate {
  row: string;
  n: number;
  seeds: number[];
  mean: number;
  /** Of the sample, i.e. over n − 1; 0 for a single run. */
  sd: number;
  values: Value[];
}

/** A difference of two rows, taken seed by seed. */
export interface Difference {
  mean: number;
  /** 95 % bootstrap interval over seeds; the same as `mean` for a single seed. */
  low: number;
  high: number;
  n: number;
}

/**
 * Mean and standard deviation of each row, in the order in which rows first come.
 *
 * @throws UserError when a row has two numbers of one seed, which would count it twice.
 */
export function aggregate(values: Value[]): Aggregate[] {
  return [...Map.groupBy(values, ({ row }) => row)].map(([row, list]) => {
    const sorted = list.toSorted((a, b) => a.seed - b.seed);
    const twice = sorted.find(({ seed }, i) => i > 0 && sorted[i - 1]!.seed === seed);
    if (twice) {
      const runs = list.filter(({ seed }) => seed === twice.seed).map(({ run }) => run);
      fail(`"${row}" has two runs of seed ${twice.seed}, ${runs.join(" and ")}: leave one out.`);
    }
    const n = sorted.length;
    const mean = sorted.reduce((sum, { value }) => sum + value, 0) / n;
    const variance = sorted.reduce((sum, { value }) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
    return { row, n, seeds: sorted.map(({ seed }) => seed), mean, sd: Math.sqrt(variance), values: sorted };
  });
}

/**
 * `a − b` over the seeds that both have. Runs of one seed start from the same weights and draws, so what a seed brings
 * to both cancels.
 *
 * @returns undefined where no seed is shared.
 */
export function pairedDifference(a: Aggregate, b: Aggregate): Difference | undefined {
  const differences = a.values.flatMap(({ seed, value }) => {
    const other = b.values.find((of) => of.seed === seed);
    return other ? [value - other.value] : [];
  });
  const n = differences.length;
  if (n === 0) return undefined;
  const { low, high } = interval(differences, { seed: 1, resamples: 10_000 });
  return { mean: differences.reduce((sum, x) => sum + x, 0) / n, low, high, n };
}
