/**
 * The squared Fréchet distance between two sets of feature vectors, each modelled as a Gaussian (Heusel et al., 2017).
 *
 *     d² = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr √(√Σ₁ Σ₂ √Σ₁)
 *
 * For any F with F Fᵀ = Σ₁ the last trace equals that of √(Fᵀ Σ₂ F). This matrix is symmetric, so its eigenvalues are
 * real and no ε has to be added to a diagonal. Where a set has at most as many vectors as dimensions, F is the matrix
 * of its centred vectors, and the trace is the nuclear norm of X₁X₂ᵀ; otherwise F is a pivoted Cholesky factor. All
 * sums are float64. The roots of the eigenvalues are singular values of F₁ᵀF₂, and are taken as such where squaring
 * would leave rounding alone (linear/singular.ts).
 */
import { fail } from "../base/errors.ts";
import { type Matrix64, product64 } from "../engine/mod.ts";
import type { Features } from "./features.ts";
import { singularValues } from "./linear/singular.ts";
import { sum } from "./vectors.ts";

export type Numbers = Float64Array<ArrayBuffer>;

/** Mean and covariance of n vectors. */
export interface Moments {
  mean: Numbers; // [D]
  covariance: Numbers; // [D, D], with n − 1 in the denominator, as in the published code
  n: number;
}

/** Feature vectors with their mean subtracted. */
export interface Cloud {
  mean: Numbers; // [D]
  centred: Numbers; // [n, D]
  n: number;
}

/**
 * The mean [D] of n rows of `width` numbers.
 *
 * @param what names the features in errors, e.g. `generated`
 * @throws UserError for fewer than two rows, which have no covariance, and for numbers that are not finite.
 */
export function meanOf(features: ArrayLike<number>, width: number, what: string): Numbers {
  const n = features.length / width;
  if (!Number.isInteger(n)) throw new Error(`${features.length} numbers are not whole rows of ${width}`);
  if (n < 2) fail(`A distance needs at least two ${what} vectors, and there ${n === 1 ? "is one" : "are none"}.`);
  const mean = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width]! += features[i]!;
  for (let d = 0; d < width; d++) {
    if (!Number.isFinite(mean[d]! /= n)) {
      const row = Array.from({ length: n }, (_, row) => row).find((row) =>
        !Number.isFinite(features[row * width + d]!)
      );
      fail(
        `The ${what} feature vector ${
          row ?? "?"
        } is not finite at index ${d}; check its picture and the weights of the network.`,
      );
    }
  }
  return mean;
}

/** Rows `from` to `to` with the mean subtracted [to − from, D]. */
function centredRows(features: ArrayLike<number>, mean: Numbers, from: number, to: number): Numbers {
  const width = mean.length;
  const centred = new Float64Array((to - from) * width);
  for (let i = 0; i < centred.length; i++) centred[i] = features[from * width + i]! - mean[i % width]!;
  return centred;
}

/** The rows of `features` with their mean subtracted. @throws UserError as {@link meanOf} does. */
export function cloudOf(features: ArrayLike<number>, width: number, what = "given"): Cloud {
  const mean = meanOf(features, width, what);
  const n = features.length / width;
  return { mean, centred: centredRows(features, mean, 0, n), n };
}

/**
 * The centred rows, one fewer [n − 1, D], with the same covariance: centred rows add up to 0, so one direction is empty,
 * and a reflection turns it into the first row, which is left out.
 */
export function fullRankRows({ centred, n }: Cloud, width: number): Matrix64 {
  const values = centred.slice(width);
  const share = 1 / (Math.sqrt(n) - 1);
  for (let i = 0; i < values.length; i++) values[i]! += share * centred[i % width]!;
  return { values, rows: n - 1, columns: width };
}

/** Rows per partial sum of the covariance: all rows in float64 at once would need several times the memory. */
const block = 2048;

/** Mean and covariance of the rows of `features`. @throws UserError as {@link meanOf} does. */
export function moments(features: ArrayLike<number>, width: number, what = "given"): Moments {
  const mean = meanOf(features, width, what);
  const n = features.length / width;
  const covariance = new Float64Array(width * width);
  for (let from = 0; from < n; from += block) {
    const rows = Math.min(block, n - from);
    const part = { values: centredRows(features, mean, from, from + rows), rows, columns: width };
    const squares = product64({ ...part, transposed: true }, part);
    for (let i = 0; i < covariance.length; i++) covariance[i]! += squares[i]! / (n - 1);
  }
  return { mean, covariance, n };
}

/** D, the width of both. @throws Error where the two differ, which is a defect of the caller. */
export function commonWidth(real: Features, generated: Features): number {
  if (real.width === generated.width) return real.width;
  throw new Error(`Features of width ${real.width} and ${generated.width} cannot be compared`);
}

/** The squared Fréchet distance d² from moments, which is what papers report; never below 0. */
export function frechetDistance(a: Moments, b: Moments): number {
  const width = a.mean.length;
  const { factor, rank } = choleskyFactor(a.covariance, width);
  const part = { values: factor, rows: width, columns: rank };
  const times = product64({ values: b.covariance, rows: width, columns: width }, part); // Σ₂ F [D, rank]
  const inner = product64({ ...part, transposed: true }, { ...part, values: times }); // Fᵀ Σ₂ F
  return squaredDistance(
    distance(a.mean, b.mean),
    trace(a.covariance, width) + trace(b.covariance, width),
    inner,
    rank,
    () => {
      const other = choleskyFactor(b.covariance, width);
      const left = { values: other.factor, rows: width, columns: other.rank, transposed: true };
      return { values: product64(left, part), rows: other.rank, columns: rank }; // F₂ᵀF₁
    },
  );
}

/**
 * The squared Fréchet distance d² between two sets of features of any size.
 *
 * @throws UserError as {@link meanOf} does.
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { useEngine } from "../engine/mod.ts";
 * import { frechet } from "./frechet.ts";
 *
 * await useEngine("cpu");
 * const real = { values: Float32Array.of(0, 2), width: 1, rows: 1 }; // mean 1, deviation √2
 * const generated = { values: Float32Array.of(3, 5), width: 1, rows: 1 }; // mean 4, deviation √2
 * assertAlmostEquals(frechet(real, generated), 9);
 * ```
 */
export function frechet(real: Features, generated: Features): number {
  const width = commonWidth(real, generated);
  const rows = Math.min(real.values.length, generated.values.length) / width;
  if (rows > width) {
    return frechetDistance(moments(real.values, width, "real"), moments(generated.values, width, "generated"));
  }
  const [few, many] = [cloudOf(real.values, width, "real"), cloudOf(generated.values, width, "generated")]
    .sort((a, b) => a.n - b.n) as [Cloud, Cloud];
  const part = fullRankRows(few, width);
  const crossed = product64({ values: many.centred, rows: many.n, columns: width }, { ...part, transposed: true });
  const between = { values: crossed, rows: many.n, columns: part.rows }; // [many, few − 1]
  const inner = scaled(product64({ ...between, transposed: true }, between), 1 / (few.n - 1) / (many.n - 1));
  const spread = ({ centred, n }: Cloud) => centred.reduce((sum, x) => sum + x * x, 0) / (n - 1);
  return squaredDistance(distance(few.mean, many.mean), spread(few) + spread(many), inner, part.rows, () => ({
    ...between,
    values: scaled(crossed, 1 / Math.sqrt((few.n - 1) * (many.n - 1))),
  }));
}

/**
 * d² of its parts.
 *
 * @param inner Fᵀ Σ₂ F [size, size]; `cross` is a C with CᵀC = inner, which is asked for where precision needs it
 */
function squaredDistance(shift: number, traces: number, inner: Numbers, size: number, cross: () => Matrix64): number {
  const overlap = sum(singularValues(inner, size, cross));
  return Math.max(0, shift + traces - 2 * overlap); // // rounding may leave −1e-15 where the two sets are equal
}

/**
 * Pivoted Cholesky factor F [D, rank] with F Fᵀ = Σ: takes the largest remaining variance first, until the rest is
 * rounding.
 *
 * @param covariance symmetric [D, D] without negative eigenvalues; only its lower half is used
 */
export function choleskyFactor(covariance: Numbers, width: number): { factor: Numbers; rank: number } {
  const left = Float64Array.from({ length: width }, (_, i) => covariance[i * width + i]!); // // variance not yet explained
  const smallest = width * Number.EPSILON * left.reduce((a, b) => Math.max(a, b), 0);
  const order = Array.from({ length: width }, (_, i) => i); // rows not yet taken, from `rank` on
  // Rows of the factor so far, so that the sums below run along memory.
  const rows = Array.from({ length: width }, () => new Float64Array(width));
  let rank = 0;
  for (; rank < width; rank++) {
    let pivot = rank;
    for (let i = rank + 1; i < width; i++) if (left[order[i]!]! > left[order[pivot]!]!) pivot = i;
    [order[rank], order[pivot]] = [order[pivot]!, order[rank]!];
    const top = order[rank]!;
    if (left[top]! <= smallest) break;
    const root = Math.sqrt(left[top]!);
    const topRow = rows[top]!;
    for (let i = rank + 1; i < width; i++) {
      const at = order[i]!;
      const row = rows[at]!;
      let sum = covariance[Math.max(at, top) * width + Math.min(at, top)]!;
      for (let k = 0; k < rank; k++) sum -= row[k]! * topRow[k]!;
      row[rank] = sum / root;
      left[at]! -= row[rank]! ** 2;
    }
    topRow[rank] = root;
  }
  const factor = new Float64Array(width * rank);
  for (let i = 0; i < width; i++) factor.set(rows[i]!.subarray(0, rank), i * rank);
  return { factor, rank };
}

function distance(a: Numbers, b: Numbers): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}

function trace(matrix: Numbers, width: number): number {
  let sum = 0;
  for (let i = 0; i < width; i++) sum += matrix[i * (width + 1)]!;
  return sum;
}

function scaled(values: Numbers, by: number): Numbers {
  for (let i = 0; i < values.length; i++) values[i]! *= by;
  return values;
}
