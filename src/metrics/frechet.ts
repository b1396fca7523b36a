/**
 * The Fréchet distance between two clouds of feature vectors, each taken as a Gaussian (Heusel et al., 2017).
 *
 *     d² = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr √(√Σ₁ Σ₂ √Σ₁)
 *
 * Written with √Σ₁ on both sides the matrix under the root is symmetric, so one eigendecomposition of each gives real
 * numbers, and fewer samples than dimensions need no ε on the diagonal. All sums are float64.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** Mean and covariance of n vectors. */
export interface Moments {
  mean: Float64Array; // [D]
  covariance: Matrix; // [D, D], with n − 1 in the denominator, as in the published code
  n: number;
}

/**
 * Mean and covariance of the rows of `features`.
 *
 * @param features n rows of `width` numbers, row-major.
 * @throws Error for fewer than two rows, which have no covariance.
 */
export function moments(features: ArrayLike<number>, width: number): Moments {
  const n = features.length / width;
  if (!Number.isInteger(n) || n < 2) {
    throw new Error(`Moments need at least two rows of ${width}, and ${features.length} numbers came`);
  }
  const mean = new Float64Array(width);
  for (let i = 0; i < features.length; i++) mean[i % width]! += features[i]! / n;
  const centred = new Matrix(n, width); // float64
  for (let row = 0; row < n; row++) {
    for (let d = 0; d < width; d++) centred.set(row, d, features[row * width + d]! - mean[d]!);
  }
  return { mean, covariance: centred.transpose().mmul(centred).div(n - 1), n };
}

/** The squared Fréchet distance d², which is what papers call the score; never below 0. */
export function frechetDistance(a: Moments, b: Moments): number {
  const shift = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0);
  const root = symmetricRoot(a.covariance);
  const product = root.mmul(b.covariance).mmul(root);
  const overlap = eigen(product).values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  // Rounding may leave −1e-15 where the clouds are the same.
  return Math.max(0, shift + a.covariance.trace() + b.covariance.trace() - 2 * overlap);
}

/** √Σ of a symmetric matrix without negative eigenvalues; those that rounding made negative count as 0. */
function symmetricRoot(matrix: Matrix): Matrix {
  const { values, vectors } = eigen(matrix);
  const scaled = vectors.clone();
  values.forEach((value, column) => scaled.mulColumn(column, Math.sqrt(Math.max(0, value))));
  return scaled.mmul(vectors.transpose());
}

/** Eigenvalues and vectors (as columns) of a matrix that is symmetric up to rounding. */
function eigen(matrix: Matrix): { values: number[]; vectors: Matrix } {
  const symmetric = Matrix.add(matrix, matrix.transpose()).mul(0.5);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}
