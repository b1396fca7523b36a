/** Sums over plain vectors, in float64 and in the order of the entries. */

/** Σ values. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** The arithmetic mean; NaN without values. */
export function mean(values: ArrayLike<number>): number {
  return sum(values) / values.length;
}

/**
 * The inner product of a [D] and as many entries of b from index `from` on.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dot } from "./vectors.ts";
 *
 * assertEquals(dot([1, 2], [0, 0, 3, 4], 2), 11);
 * ```
 */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>, from = 0): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[from + i]!;
  return total;
}

/** The cosine of the angle between a [D] and b [D]; 0 where one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return ab / Math.max(Math.sqrt(aa * bb), 1e-30);
}
