/** Bootstrap intervals by stories. */
import { random } from "../base/random.ts";

export interface Interval {
  low: number;
  high: number;
  level: 0.95;
}

/** The interval of the mean of one number a story. */
export function interval(
  perStory: ArrayLike<number>,
  { seed, resamples = 1000 }: { seed: number; resamples?: number },
): Interval {
  const n = perStory.length;
  const stream = random(seed, "bootstrap");
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += perStory[stream.integer(n)]!;
    return sum / n;
  }).sort();
  const at = (share: number) => means[Math.min(resamples - 1, Math.floor(share * resamples))]!;
  return { low: at(0.025), high: at(0.975), level: 0.95 };
}
