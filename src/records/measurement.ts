/** A measured number with its metric name, its interval and its reference values. */
import { type Interval, interval, resampledInterval } from "../metrics/bootstrap.ts";
import { formatName, type MetricName } from "../metrics/names.ts";
import { mean } from "../metrics/vectors.ts";

/** What all numbers of one evaluation share. */
export interface Protocol {
  split: string;
  /** Further parts of every metric name, e.g. "first 100" or "gold labels". */
  remarks: string[];
  stories: number;
  /** T */
  frames: number;
  /** Whether generated story i belongs to real story i: intervals then resample both together. */
  paired: boolean;
  /** The seed of noise, intervals and all other random choices. */
  seed: number;
  /** Resamples of an interval; 0 for no intervals. */
  bootstrap: number;
}

/** A measured number. */
export interface Measurement {
  /** The full metric name, e.g. `fid[inception-2015-12-05].test`. */
  name: string;
  value: number;
  /** 95 % bootstrap interval over stories. */
  interval?: Interval;
  /** Standard error over stories, for distances. */
  standardError?: number;
  /** The same metric of the real frames, and of generated frames with the sentences of other stories. */
  real?: number;
  shuffled?: number;
  /** Sample size in stories and frames. A story is one sample, because its frames are not independent. */
  stories: number;
  frames: number;
  /** What a reader must know beside the number, such as that it is of a single story. */
  note?: string;
}

/**
 * A measurement with its full metric name.
 *
 * @param by networks and further parts of the protocol, before the remarks
 */
export function measurementOf(
  { split, remarks, stories, frames }: Protocol,
  { metric, by }: { metric: MetricName["metric"]; by: string[] },
  numbers: Omit<Measurement, "name" | "stories" | "frames">,
): Measurement {
  const notes = [stories === 1 ? "of one story, so without an interval" : "", numbers.note ?? ""].filter((x) =>
    x !== ""
  );
  return {
    name: formatName({ metric, protocol: [...by, ...remarks], split }),
    ...numbers,
    stories,
    frames: stories * frames,
    ...(notes.length > 0 ? { note: notes.join("; ") } : {}),
  };
}

/** A measurement that is the mean of one number per story [S], with its interval. */
export function meanMeasurement(
  protocol: Protocol,
  of: { metric: MetricName["metric"]; by: string[] },
  perStory: ArrayLike<number>,
  references: Pick<Measurement, "real" | "shuffled"> = {},
): Measurement {
  return measurementOf(protocol, of, { value: mean(perStory), ...intervalOf(protocol, perStory), ...references });
}

/** The interval of a mean as part of a measurement; {} without resamples, or for a single story. */
export function intervalOf(
  { seed, bootstrap }: Protocol,
  perStory: ArrayLike<number>,
): Pick<Measurement, "interval"> {
  if (bootstrap === 0 || perStory.length < 2) return {};
  return { interval: interval(perStory, { seed, resamples: bootstrap }) };
}

/**
 * The interval of any other number as part of a measurement; {} without resamples, for a single story, and where it is
 * undefined for every resample.
 *
 * @param statistic the number for `chosen` [S]: indices of stories, of which some occur several times
 */
export function resampledIntervalOf(
  { seed, bootstrap: resamples, stories }: Protocol,
  statistic: (chosen: Uint32Array) => number,
): Pick<Measurement, "interval"> {
  if (resamples === 0 || stories < 2) return {};
  const interval = resampledInterval(stories, statistic, { seed, resamples });
  return Number.isNaN(interval.low) ? {} : { interval };
}
