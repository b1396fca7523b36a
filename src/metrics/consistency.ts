/**
 * Story consistency: are frames of one story more alike than frames of different stories?
 *
 *     consistency = 100 · (mean cosine of two frames of one story − mean cosine of two frames of different stories)
 *
 * The cosines are those of frame features. A system that ignores the story scores 0, and one that repeats a single
 * picture within each story scores highest: the target is the value of the real stories, not the maximum. All pairs
 * count. With unit vectors u the sum of the cosines of all pairs is |Σu|², so no pair is formed.
 */
import type { Features } from "./features.ts";
import { dot, mean } from "./vectors.ts";

/** Consistency of stories. */
export interface Consistency {
  /** The difference of `within` and `between`, × 100. */
  value: number;
  /** Mean cosines, × 100. */
  within: number;
  between: number;
  /**
   * One number per story [S], with mean `value`: its contribution to first order. Its term of `between` counts twice,
   * because a story takes part in pairs from both sides. Resampling these numbers by story gives the interval of
   * `value`.
   */
  perStory: Float64Array;
}

/**
 * Consistency from features of frames, T rows per story.
 *
 * @returns undefined where there is no pair to compare: stories of one frame, or a single story
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { consistency } from "./consistency.ts";
 *
 * // Two stories of two frames: equal features within a story, orthogonal ones between the stories.
 * const values = Float32Array.of(1, 0, 1, 0, 0, 1, 0, 1);
 * const { value, within, between } = consistency({ values, width: 2, rows: 2 })!;
 * assertAlmostEquals(within, 100);
 * assertAlmostEquals(between, 0);
 * assertAlmostEquals(value, 100);
 * ```
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
