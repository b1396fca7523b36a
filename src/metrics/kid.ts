/**
 * Kernel inception distance (KID; Bińkowski et al., 2018): the squared maximum mean discrepancy between two sets of
 * features under the kernel k(x, y) = (x·y / D + 1)³. The estimate has no bias: its mean is 0 for two sets of one
 * distribution, and single values may be negative.
 *
 * Published code averages over 100 random subsets of 1,000 vectors, which has the same expectation. Here every pair
 * counts once and nothing is sampled; the standard error comes from the stories (see bootstrap.ts).
 */
import { product64 } from "../engine/mod.ts";
import { type Influence, influenceOfStories } from "./bootstrap.ts";
import type { Features } from "./features.ts";
import { commonWidth, meanOf } from "./frechet.ts";
import { sum } from "./vectors.ts";

/** Rows whose kernel values with all other rows are in memory at once. */
const block = 1000;

/**
 * KID and the influence of each story on it.
 *
 * @throws UserError for fewer than two vectors, or numbers that are not finite.
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { random } from "../base/random.ts";
 * import { useEngine } from "../engine/mod.ts";
 * import { kidInfluence } from "./kid.ts";
 *
 * await useEngine("cpu");
 * const features = (name: string, shift: number) => ({
 *   values: random(1, name).normals(40 * 4).map((x) => x + shift),
 *   width: 4,
 *   rows: 1,
 * });
 * const same = kidInfluence(features("real", 0), features("generated", 0)).value;
 * const other = kidInfluence(features("real", 0), features("generated", 2)).value;
 * assert(Math.abs(same) < 1 && other > 10 * Math.abs(same));
 * ```
 */
export function kidInfluence(real: Features, generated: Features): Influence {
  const width = commonWidth(real, generated);
  for (const [{ values }, what] of [[real, "real"], [generated, "generated"]] as const) meanOf(values, width, what);
  const [x, y] = [Float64Array.from(real.values), Float64Array.from(generated.values)];
  const [n, m] = [x.length / width, y.length / width];
  const [[xx], [yy], [xy, yx]] = [kernelSums(x, x, width), kernelSums(y, y, width), kernelSums(x, y, width)];
  const own = (rows: Float64Array, sums: Float64Array) =>
    // // without the pair of a vector with itself
    sums.map((total, i) => total - kernelOf(rows, i, width));
  const [insideX, insideY] = [own(x, xx), own(y, yy)];
  const influences = (inside: Float64Array, across: Float64Array, own: number, other: number) =>
    inside.map((value, i) => 2 * (value / (own - 1) - across[i]! / other));
  return {
    value: sum(insideX) / (n * (n - 1)) + sum(insideY) / (m * (m - 1)) - 2 * sum(xy) / (n * m),
    real: influenceOfStories(influences(insideX, xy, n, m), real.rows),
    generated: influenceOfStories(influences(insideY, yx, m, n), generated.rows),
  };
}

/** For each row of `a` the sum of its kernel values with all rows of `b`, and the reverse. */
function kernelSums(
  a: Float64Array<ArrayBuffer>,
  b: Float64Array<ArrayBuffer>,
  width: number,
): [Float64Array, Float64Array] {
  const [n, m] = [a.length / width, b.length / width];
  const [ofA, ofB] = [new Float64Array(n), new Float64Array(m)];
  for (let from = 0; from < n; from += block) {
    const rows = Math.min(block, n - from);
    const products = product64(
      { values: a.slice(from * width, (from + rows) * width), rows, columns: width },
      { values: b, rows: m, columns: width, transposed: true },
    ); // [rows, m]
    for (let i = 0, at = 0; i < rows; i++) {
      let total = 0;
      for (let j = 0; j < m; j++) {
        const base = products[at++]! / width + 1;
        const kernel = base * base * base;
        total += kernel;
        ofB[j]! += kernel;
      }
      ofA[from + i] = total;
    }
  }
  return [ofA, ofB];
}

/** The kernel value of a row with itself. */
function kernelOf(rows: Float64Array, row: number, width: number): number {
  let square = 0;
  for (let d = 0; d < width; d++) square += rows[row * width + d]! ** 2;
  return (square / width + 1) ** 3;
}
