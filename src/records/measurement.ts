/** One measured number with its name, its interval and what stands beside it. */
import { type Interval, interval } from "../metrics/bootstrap.ts";
import { formatName, type MetricName } from "../metrics/names.ts";

/** What all numbers of an evaluation share. */
export interface Protocol {
  split: string;
  /** What else a name must say, e.g. "first 100" or "gold labels". */
  remarks: string[];
  stories: number;
  /** T */
  frames: number;
  /** Whether drawn story i belongs to real story i: intervals then take both or neither. */
  paired: boolean;
  /** Seeds noise, intervals and all other draws. */
  seed: number;
  /** Resamples of an interval; 0 leaves intervals out. */
  bootstrap: number;
}

/** A number of a record. */
export interface Measurement {
  /** The whole name, e.g. `fid[inception-2015-12-05].test`. */
  name: string;
  value: number;
  /** 95 % bootstrap interval, by stories. */
  interval?: Interval;
  /** Of the stories, where it is a distance. */
  standardError?: number;
  /** The same of the real frames, and of drawn frames with the sentences of other stories. */
  real?: number;
  shuffled?: number;
  /** How many were judged: a story is one sample, its frames are not independent. */
  stories: number;
  frames: number;
}

/** A measurement under its name. */
export function named(
  { split, remarks, stories, frames }: Protocol,
  { metric, by }: { metric: MetricName["metric"]; by: string[] },
  numbers: Omit<Measurement, "name" | "stories" | "frames">,
): Measurement {
  return {
    name: formatName({ metric, protocol: [...by, ...remarks], split }),
    ...numbers,
    stories,
    frames: stories * frames,
  };
}

/** The mean of one number a story, with its interval. */
export function measured(
  protocol: Protocol,
  of: { metric: MetricName["metric"]; by: string[] },
  perStory: ArrayLike<number>,
  beside: Pick<Measurement, "real" | "shuffled"> = {},
): Measurement {
  let sum = 0;
  for (let i = 0; i < perStory.length; i++) sum += perStory[i]!;
  return named(protocol, of, { value: sum / perStory.length, ...intervalOf(protocol, perStory), ...beside });
}

/** The interval of a mean as a part of a measurement; none without resamples, or for a single story. */
export function intervalOf(
  { seed, bootstrap }: Protocol,
  perStory: ArrayLike<number>,
): Pick<Measurement, "interval"> {
  if (bootstrap === 0 || perStory.length < 2) return {};
  return { interval: interval(perStory, { seed, resamples: bootstrap }) };
}
