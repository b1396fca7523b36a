/**
 * Story consistency: are frames of one story more alike than frames of different stories?
 *
 *     consistency = 100 · (mean cosine of two frames of a story − mean cosine of frames of two stories)
 *
 * by the features of a frame network. A system that ignores the story scores 0; one that draws a single picture for each
 * story scores highest, so the real stories' number is the mark and not the maximum. All pairs count: with unit vectors
 * they are sums of sums, |Σu|², and no pair is formed.
 */
import type { Features } from "./features.ts";

/** Consistency of stories. */
export interface Consistency {
  /** The difference of `within` and `between`, × 100. */
  value: number;
  /** Mean cosines, × 100. */
  within: number;
  between: number;
  /**
   * One number a story, with mean `value`: what each contributes at first order, with twice its part in `between`, since a
   * story is in pairs from both sides. Resampled by story they give the interval of `value`.
   */
  perStory: Float64Array;
}

/**
 * Consistency by features of frames, T rows a story.
 *
 * @returns undefined where a story has one frame, or there is one story: no pair then exists.
 */
export function consistency({ values, width, rows: T }: Features): Consistency | undefined {
  const stories = values.length / (width * T);
  if (T < 2 || stories < 2) return undefined;
  const total = new Float64Array(width);
  const sums = Array.from({ length: stories }, (_, s) => {
    const sum = new Float64Array(width);
    for (let t = 0; t < T; t++) {
      const row = values.subarray((s * T + t) * width, (s * T + t + 1) * width);
      const scale = 1 / Math.max(Math.sqrt(dot(row, row)), 1e-30);
      for (let d = 0; d < width; d++) sum[d]! += scale * row[d]!;
    }
    for (let d = 0; d < width; d++) total[d]! += sum[d]!;
    return sum;
  });
  const squares = sums.map((sum) => dot(sum, sum));
  const within = squares.map((square) => 100 * (square - T) / (T * (T - 1)));
  const between = sums.map((sum, s) => 100 * (dot(sum, total) - squares[s]!) / (T * T * (stories - 1)));
  const [meanWithin, meanBetween] = [mean(within), mean(between)];
  return {
    value: meanWithin - meanBetween,
    within: meanWithin,
    between: meanBetween,
    perStory: Float64Array.from(within, (value, s) => value - 2 * between[s]! + meanBetween),
  };
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function mean(values: number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
