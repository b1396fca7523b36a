/** Rank correlation of two lists of numbers: Spearman's ρ and Kendall's τ-b, both with ties. */

/**
 * Ranks from 1 for the smallest; equal numbers get the mean of their ranks.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ranks } from "./rank.ts";
 *
 * assertEquals(ranks([30, 10, 10]), [3, 1.5, 1.5]);
 * ```
 */
export function ranks(values: number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

/**
 * Spearman's ρ: the correlation of the ranks of two lists of the same length, −1 to 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { spearman } from "./rank.ts";
 *
 * assertEquals(spearman([52.9, 61.8, 69.8], [4.1, 4.4, 9.0]), 1); // the same order
 * ```
 *
 * @returns undefined for fewer than two numbers, and where all numbers of a list are equal.
 */
export function spearman(a: number[], b: number[]): number | undefined {
  const mean = (a.length + 1) / 2;
  const [x, y] = [ranks(a), ranks(b)].map((list) => list.map((rank) => rank - mean)) as [number[], number[]];
  const product = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  const scale = Math.sqrt(product(x, x) * product(y, y));
  return scale === 0 ? undefined : product(x, y) / scale;
}

/**
 * Kendall's τ-b of two lists of the same length, −1 to 1: pairs in the same order minus pairs in the opposite order,
 * divided by the geometric mean of the numbers of pairs that are not tied in either list.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kendall } from "./rank.ts";
 *
 * assertEquals(kendall([1, 2, 3], [9, 4, 0]), -1); // the opposite order
 * ```
 *
 * @returns undefined for fewer than two numbers, and where all numbers of a list are equal.
 */
export function kendall(a: number[], b: number[]): number | undefined {
  let [sum, untiedA, untiedB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      sum += x * y;
      untiedA += Math.abs(x);
      untiedB += Math.abs(y);
    }
  }
  const scale = Math.sqrt(untiedA * untiedB);
  return scale === 0 ? undefined : sum / scale;
}
