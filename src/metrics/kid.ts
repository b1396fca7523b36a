/**
 * The kernel distance (KID; Bińkowski et al., 2018): the squared maximum mean discrepancy of two clouds by the kernel
 * k(x, y) = (x·y / D + 1)³, without bias, so that it is 0 in the mean, and may fall below, where the clouds are alike.
 *
 * Published code averages it over 100 random subsets of 1,000 vectors, which has the same mean; here every pair counts
 * once, nothing is drawn, and the standard error is that of the stories (see bootstrap.ts).
 */
import { product64 } from "../engine/mod.ts";
import { type Influence, influenceOfStories } from "./bootstrap.ts";
import type { Features } from "./features.ts";
import { commonWidth, meanOf } from "./frechet.ts";

/** Rows whose kernels are held at once, against all others. */
const block = 1000;

/** KID and what each story moves it by. @throws UserError for fewer than two vectors, or numbers that are not finite. */
export function kidInfluence(real: Features, drawn: Features): Influence {
  const width = commonWidth(real, drawn);
  for (const [{ values }, what] of [[real, "real"], [drawn, "drawn"]] as const) meanOf(values, width, what);
  const [x, y] = [Float64Array.from(real.values), Float64Array.from(drawn.values)];
  const [n, m] = [x.length / width, y.length / width];
  const [[xx], [yy], [xy, yx]] = [kernelSums(x, x, width), kernelSums(y, y, width), kernelSums(x, y, width)];
  const own = (rows: Float64Array, sums: Float64Array) =>
    // without the pair of a vector with itself
    sums.map((sum, i) => sum - kernelOf(rows, i, width));
  const [insideX, insideY] = [own(x, xx), own(y, yy)];
  const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0);
  const moves = (inside: Float64Array, across: Float64Array, own: number, other: number) =>
    inside.map((value, i) => 2 * (value / (own - 1) - across[i]! / other));
  return {
    value: sum(insideX) / (n * (n - 1)) + sum(insideY) / (m * (m - 1)) - 2 * sum(xy) / (n * m),
    real: influenceOfStories(moves(insideX, xy, n, m), real.rows),
    drawn: influenceOfStories(moves(insideY, yx, m, n), drawn.rows),
  };
}

/** For each row of `a` the sum of its kernels with all rows of `b`, and the other way round. */
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
      let sum = 0;
      for (let j = 0; j < m; j++) {
        const base = products[at++]! / width + 1;
        const kernel = base * base * base;
        sum += kernel;
        ofB[j]! += kernel;
      }
      ofA[from + i] = sum;
    }
  }
  return [ofA, ofB];
}

/** The kernel of a row with itself. */
function kernelOf(rows: Float64Array, row: number, width: number): number {
  let square = 0;
  for (let d = 0; d < width; d++) square += rows[row * width + d]! ** 2;
  return (square / width + 1) ** 3;
}
