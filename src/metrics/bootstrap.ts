/**
 * Bootstrap intervals (Efron, 1979): how much a number varies with the choice of test stories.
 *
 * The resampled unit is the story and not the frame, because the frames of one story are correlated. A mean is
 * resampled directly. A distance between two sets of features is not a mean, but to first order it is one: each story
 * changes it by its influence (the infinitesimal jackknife). Resampling influences takes seconds instead of hours, and
 * it has no bias: a resample of the features themselves holds some stories twice, which makes two sets look further
 * apart than they are.
 */
import { random } from "../base/random.ts";
import { mean } from "./vectors.ts";

/** A 95 % interval: the 2.5 % and 97.5 % quantiles of the resamples. */
export interface Interval {
  low: number;
  high: number;
  level: 0.95;
}

/** Settings of {@link interval}. */
export interface BootstrapSettings {
  seed: number;
  /** Number of resamples. Default: 1000. */
  resamples?: number;
}

/**
 * The interval of the mean of one number per story [S].
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { interval } from "./bootstrap.ts";
 *
 * const { low, high } = interval([20, 30, 40, 50], { seed: 1 });
 * assert(20 <= low && low < 35 && 35 < high && high <= 50);
 * ```
 */
export function interval(perStory: ArrayLike<number>, settings: BootstrapSettings): Interval {
  return intervalOfSum([perStory], settings);
}

/** The interval of a sum of means over independent groups of stories; each group is resampled on its own. */
export function intervalOfSum(
  groups: ArrayLike<number>[],
  { seed, resamples = 1000 }: BootstrapSettings,
): Interval {
  const streams = groups.map((_, group) => random(seed, "bootstrap", group));
  const sums = Float64Array.from({ length: resamples }, () =>
    groups.reduce((sum, values, group) => {
      const n = values.length;
      const stream = streams[group]!;
      let total = 0;
      for (let i = 0; i < n; i++) total += values[stream.integer(n)]!;
      return sum + total / n;
    }, 0)).sort();
  return { low: quantile(sums, 0.025), high: quantile(sums, 0.975), level: 0.95 };
}

/**
 * The interval of a number that is not a mean, such as F1, but is cheap to compute for any choice of stories. Resamples
 * for which it is undefined (NaN), such as a share of nothing, are left out.
 *
 * @param stories S, the number of stories
 * @param statistic the number for `chosen` [S]: indices of stories, of which some occur several times
 */
export function resampledInterval(
  stories: number,
  statistic: (chosen: Uint32Array) => number,
  { seed, resamples = 1000 }: BootstrapSettings,
): Interval {
  const stream = random(seed, "bootstrap", 0);
  const chosen = new Uint32Array(stories);
  const values = Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < stories; i++) chosen[i] = stream.integer(stories);
    return statistic(chosen);
  }).filter((value) => !Number.isNaN(value)).sort();
  return { low: quantile(values, 0.025), high: quantile(values, 0.975), level: 0.95 };
}

/** The quantile of sorted numbers at a share between 0 and 1, interpolated linearly. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}

/**
 * The influence of each story on a mean over rows: the story's own mean minus the mean of all stories [S].
 *
 * @param rows rows of a story
 */
export function influenceOfStories(perRow: ArrayLike<number>, rows: number): Float64Array {
  const stories = perRow.length / rows;
  const means = Float64Array.from({ length: stories }, (_, story) => {
    let total = 0;
    for (let row = 0; row < rows; row++) total += perRow[story * rows + row]!;
    return total / rows;
  });
  const overall = mean(means);
  return means.map((value) => value - overall);
}

/** A number of two sets of stories, and the influence of each story on it. */
export interface Influence {
  value: number;
  /** Influences of the real stories [S], with mean 0. */
  real: Float64Array;
  /** Influences of the generated stories, with mean 0. */
  generated: Float64Array;
}

/**
 * The interval of a number from the influences of the stories; undefined where a side has one story, which varies
 * with nothing.
 *
 * @param paired whether story i of both sets belongs together (same sentences): both are then resampled together
 */
export function influenceInterval(
  found: Influence,
  paired: boolean,
  settings: BootstrapSettings,
): Interval | undefined {
  const { value, real, generated } = found;
  if (hasOneStory(found)) return undefined;
  const groups = paired ? [real.map((x, story) => x + generated[story]!)] : [real, generated];
  const { low, high, level } = intervalOfSum(groups, settings);
  return { low: value + low, high: value + high, level };
}

/**
 * The interval of a number that cannot be negative, such as a distance or a ratio: that of its logarithm, whose
 * influences are those of the number divided by it. No limit is below 0 ([coverage](../../tests/bench/README.md)).
 *
 * @returns undefined where a side has one story, and for 0, which has no logarithm
 */
export function positiveInterval(found: Influence, paired: boolean, settings: BootstrapSettings): Interval | undefined {
  const { value } = found;
  const linear = influenceInterval(found, paired, settings);
  if (linear === undefined || !(value > 0)) return undefined;
  const { low, high, level } = linear;
  return { low: value * Math.exp(low / value - 1), high: value * Math.exp(high / value - 1), level };
}

/** The standard error of a number from the influences of the stories: √(variance / number of stories), added in squares. */
export function influenceError(found: Influence, paired: boolean): number | undefined {
  const { real, generated } = found;
  if (hasOneStory(found)) return undefined;
  const variance = (values: Float64Array) =>
    values.reduce((sum, x) => sum + x * x, 0) / (values.length - 1) / values.length;
  if (paired) return Math.sqrt(variance(real.map((x, story) => x + generated[story]!)));
  return Math.sqrt(variance(real) + variance(generated));
}

const hasOneStory = ({ real, generated }: Influence) => Math.min(real.length, generated.length) < 2;
