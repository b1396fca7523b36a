/**
 * Bootstrap intervals (Efron, 1979): how far a number moves when other stories of the same kind are judged.
 *
 * What is drawn anew is the story and never the frame, for frames of a story are alike. A mean is resampled as it is. A
 * distance of whole clouds is not a mean, but at first order it is one: each story moves it by its influence. Resampling
 * the influences takes a moment where resampling the clouds takes hours, and has no bias: a naive resample holds some
 * stories twice, which makes clouds look further apart than they are.
 */
import { random } from "../base/random.ts";

/** Where 95 of 100 resamples lie. */
export interface Interval {
  low: number;
  high: number;
  level: 0.95;
}

/** Settings of {@link interval}. */
export interface BootstrapSettings {
  seed: number;
  /** Default: 1000. */
  resamples?: number;
}

/** The interval of the mean of one number a story. */
export function interval(perStory: ArrayLike<number>, settings: BootstrapSettings): Interval {
  return intervalOfSum([perStory], settings);
}

/** The interval of a sum of means over groups of stories that have nothing to do with each other. */
export function intervalOfSum(
  groups: ArrayLike<number>[],
  { seed, resamples = 1000 }: BootstrapSettings,
): Interval {
  const streams = groups.map((_, group) => random(seed, "bootstrap", group));
  const sums = Float64Array.from({ length: resamples }, () =>
    groups.reduce((sum, values, group) => {
      const n = values.length;
      const stream = streams[group]!;
      let drawn = 0;
      for (let i = 0; i < n; i++) drawn += values[stream.integer(n)]!;
      return sum + drawn / n;
    }, 0)).sort();
  return { low: quantile(sums, 0.025), high: quantile(sums, 0.975), level: 0.95 };
}

/**
 * The interval of a number that is no mean, such as F1, but is made anew from any choice of stories at little cost.
 *
 * @param of the number of the chosen stories, some of which stand there several times
 */
export function resampledInterval(
  stories: number,
  of: (chosen: Uint32Array) => number,
  { seed, resamples = 1000 }: BootstrapSettings,
): Interval {
  const stream = random(seed, "bootstrap", 0);
  const chosen = new Uint32Array(stories);
  const values = Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < stories; i++) chosen[i] = stream.integer(stories);
    return of(chosen);
  }).sort();
  return { low: quantile(values, 0.025), high: quantile(values, 0.975), level: 0.95 };
}

/** The value below which a share of sorted numbers lies, between its neighbours in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)]!;
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)]! - below);
}

/** Means over the rows of each story, less the mean of all: what each story moves a number by. */
export function influenceOfStories(perRow: ArrayLike<number>, rows: number): Float64Array {
  const stories = perRow.length / rows;
  const means = Float64Array.from({ length: stories }, (_, story) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += perRow[story * rows + row]!;
    return sum / rows;
  });
  const mean = means.reduce((a, b) => a + b, 0) / stories;
  return means.map((value) => value - mean);
}

/** A number of two clouds of stories, and what each story moves it by. */
export interface Influence {
  value: number;
  /** One number a story, with mean 0. */
  real: Float64Array;
  drawn: Float64Array;
}

/**
 * The interval of such a number.
 *
 * @param paired story i of one side belongs to story i of the other (the same sentences): then both are drawn together.
 */
export function influenceInterval(
  { value, real, drawn }: Influence,
  paired: boolean,
  settings: BootstrapSettings,
): Interval {
  const groups = paired ? [real.map((x, story) => x + drawn[story]!)] : [real, drawn];
  const { low, high, level } = intervalOfSum(groups, settings);
  return { low: value + low, high: value + high, level };
}

/** The standard error that the same influences give: a story's share of it falls as one over the root of their number. */
export function influenceError({ real, drawn }: Influence, paired: boolean): number {
  const variance = (values: Float64Array) =>
    values.reduce((sum, x) => sum + x * x, 0) / Math.max(1, values.length - 1) / values.length;
  if (paired) return Math.sqrt(variance(real.map((x, story) => x + drawn[story]!)));
  return Math.sqrt(variance(real) + variance(drawn));
}
