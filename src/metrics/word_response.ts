/**
 * Word response of a dynamic block: how much the drawn pixels change when the block reads the words of another story.
 *
 *     word response = 100 · √(mean squared change of a pixel) / standard deviation of the drawn pixels
 *
 * 0 means that the words of this block have no effect. Two unrelated pictures with the same distribution of pixels
 * would differ by 100·√2. [ours]
 */
import { mean } from "./vectors.ts";

/** Statistics of the pixels of S stories, in any one unit. */
export interface StoryChanges {
  /** The mean squared change of the pixels of each story [S]. */
  changes: ArrayLike<number>;
  /** The mean of the drawn pixels of each story [S], and the mean of their squares. */
  means: ArrayLike<number>;
  squares: ArrayLike<number>;
}

/**
 * The word response in percent.
 *
 * @param chosen indices of stories, of which some may occur several times; default: every story once
 * @returns 0 where nothing changes, whatever the pixels are
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { wordResponse } from "./word_response.ts";
 *
 * // Pixels -1 and 1 in equal parts have standard deviation 1; half of them change by 1.
 * assertAlmostEquals(wordResponse({ changes: [0.5, 0.5], means: [0, 0], squares: [1, 1] }), 100 * Math.sqrt(0.5));
 * ```
 */
export function wordResponse({ changes, means, squares }: StoryChanges, chosen?: ArrayLike<number>): number {
  const meanOf = (values: ArrayLike<number>) => mean(chosen ? Float64Array.from(chosen, (i) => values[i]!) : values);
  const change = meanOf(changes);
  if (change === 0) return 0;
  const variance = meanOf(squares) - meanOf(means) ** 2;
  return 100 * Math.sqrt(change / Math.max(variance, 1e-30));
}
