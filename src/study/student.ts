/**
 * Student's t (1908) for means of few numbers, such as the differences of three seeds, and Holm's correction (1979) for
 * many comparisons. A percentile bootstrap of three numbers is their smallest and largest: it holds in 75 % of cases.
 */

/**
 * The probability that Student's t lies in [−t, t], by the finite sums for whole degrees of freedom [Abramowitz and
 * Stegun, 26.7.3 and 26.7.4].
 *
 * @param t at least 0; may be infinite
 * @param df degrees of freedom, a whole number from 1
 */
function within(t: number, df: number): number {
  const angle = Math.atan(t / Math.sqrt(df));
  const cos2 = Math.cos(angle) ** 2;
  // The terms 1, k/(k+1)·cos², k(k+2)/((k+1)(k+3))·cos⁴, … with k = 1 for even and 2 for odd degrees of freedom.
  const odd = df % 2 === 1;
  let [sum, term] = [0, odd ? Math.cos(angle) : 1];
  for (let i = odd ? 3 : 2; i <= df; i += 2) {
    sum += term;
    term *= (i - 1) / i * cos2;
  }
  return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

/**
 * The two-sided p value of Student's t: the probability that it is as far from 0 by chance alone; exact to about 1e-14.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { studentP } from "./student.ts";
 *
 * assertAlmostEquals(studentP(1, 1), 0.5, 1e-14); // with one degree of freedom t is a Cauchy variable
 * ```
 *
 * @param df degrees of freedom, a whole number from 1
 */
export function studentP(t: number, df: number): number {
  return Math.min(1, Math.max(0, 1 - within(Math.abs(t), df)));
}

/**
 * The half-width of a central interval of Student's t, e.g. 4.303 at the level 0.95 with two degrees of freedom.
 *
 * @param level between 0 and 1
 * @param df degrees of freedom, a whole number from 1
 */
export function studentQuantile(level: number, df: number): number {
  let [low, high] = [0, 1];
  while (within(high, df) < level) high *= 2;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (within(middle, df) < level) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * Holm's adjusted p values of comparisons that are reported together: with those at most 0.05 taken as real, the
 * probability of even one error is at most 5 %. The i-th smallest of m is multiplied by m − i + 1, and none is below a
 * smaller one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { holm } from "./student.ts";
 *
 * assertEquals(holm([0.5, 0.25, null, 0.125]), [0.5, 0.5, null, 0.375]);
 * ```
 *
 * @param p null for a comparison without a p value, which does not count
 * @returns adjusted values in the same order, at most 1
 */
export function holm(p: (number | null)[]): (number | null)[] {
  const order = p.flatMap((value, i) => value === null ? [] : [{ value, i }]).sort((a, b) => a.value - b.value);
  const adjusted: (number | null)[] = p.map(() => null);
  let before = 0;
  for (const [rank, { value, i }] of order.entries()) {
    before = Math.max(before, Math.min(1, value * (order.length - rank)));
    adjusted[i] = before;
  }
  return adjusted;
}
