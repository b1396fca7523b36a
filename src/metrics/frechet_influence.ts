/**
 * The influence of each story on the Fréchet distance: the derivative by the story's contribution to means and
 * covariances.
 *
 * Let A be the linear map that transports N(0, Σ₂) to N(0, Σ₁). The trace tr √(…) changes by ½ tr(A dΣ₂), so a
 * generated vector x around its mean contributes 2 (μ₂ − μ₁)·x + ‖x‖² − xᵀA x to d², minus the mean of this over all
 * vectors; a real vector likewise, with the inverse map. With Σ₁ = F Fᵀ and M = FᵀΣ₂F, A = F M^(−1/2) Fᵀ and the
 * inverse map is Σ₂F M^(−3/2) FᵀΣ₂. The eigenvalues of M are the squares of the
 * singular values of X₂F/√(n − 1).
 */
import { type Matrix64, product64 } from "../engine/mod.ts";
import { type Influence, influenceOfStories } from "./bootstrap.ts";
import type { Features } from "./features.ts";
import { choleskyFactor, type Cloud, cloudOf, commonWidth, fullRankRows, moments, type Numbers } from "./frechet.ts";
import { singularDirections, stacked } from "./linear/singular.ts";
import { dot, sum } from "./vectors.ts";

/** Directions below this share of the largest have no influence: it would be less than the rounding of the others. */
const smallest = 1e-7;

/**
 * The distance d² and the influence of each story on it.
 *
 * @throws UserError as `frechet` does.
 */
export function frechetInfluence(real: Features, generated: Features): Influence {
  const width = commonWidth(real, generated);
  const [a, b] = [cloudOf(real.values, width, "real"), cloudOf(generated.values, width, "generated")];
  const swapped = b.n < a.n && b.n <= width; // // the smaller set of vectors is its own factor
  const [one, two] = swapped ? [b, a] : [a, b];

  const factor = factorOf(one, width, swapped ? generated : real); // F [D, r]
  const r = factor.transposed ? factor.rows : factor.columns;
  const rowsOf = ({ centred, n }: Cloud): Matrix64 => ({ values: centred, rows: n, columns: width });
  const projected: Matrix64 = { values: product64(rowsOf(two), factor), rows: two.n, columns: r }; // X₂F
  const { values, vectors } = singularDirections(scaled(projected, 1 / Math.sqrt(two.n - 1)));
  const limit = smallest * values.reduce((x, y) => Math.max(x, y), 0);
  // Directions are split before the next product, where the rounding of the large ones would hide the small ones.
  const split = { ...projected, values: product64(projected, { ...stacked(vectors, r), transposed: true }) };
  const image = product64({ ...rowsOf(two), transposed: true }, split); // (n − 1) Σ₂F V [D, r]
  const returned = product64(rowsOf(one), { values: image, rows: width, columns: r });
  /** Squared lengths of n rows, each direction divided by a power of its singular value. */
  const lengths = (rows: Numbers, n: number, power: number) =>
    squares(rows.map((x, at) => values[at % r]! > limit ? x * values[at % r]! ** -power : 0), n);
  const mapped = lengths(split.values, two.n, 0.5); // // xᵀA x of the second set
  const back = lengths(returned, one.n, 1.5).map((x) => x / (two.n - 1) ** 2);

  const shift = two.mean.map((x, d) => x - one.mean[d]!);
  const [lengthOne, lengthTwo] = [squares(one.centred, one.n), squares(two.centred, two.n)];
  const value = sum(shift.map((x) => x * x)) + sum(lengthOne) / (one.n - 1) + sum(lengthTwo) / (two.n - 1) -
    2 * sum(values);

  // The covariance is divided by n − 1, and a vector's share of the mean is 1 / n.
  const influences = ({ centred, n }: Cloud, lengths: Float64Array, quadratic: Float64Array, sign: 1 | -1) =>
    lengths.map((length, row) =>
      2 * sign * dot(shift, centred, row * width) + (n / (n - 1)) * (length - quadratic[row]!)
    );
  const [ofOne, ofTwo] = [influences(one, lengthOne, back, -1), influences(two, lengthTwo, mapped, 1)];
  const [ofReal, ofGenerated] = swapped ? [ofTwo, ofOne] : [ofOne, ofTwo];
  return {
    value: Math.max(0, value),
    real: influenceOfStories(ofReal, real.rows),
    generated: influenceOfStories(ofGenerated, generated.rows),
  };
}

/** F [D, r] with F Fᵀ = Σ: the centred vectors themselves where they are fewer than D. */
function factorOf(cloud: Cloud, width: number, { values }: Features): Matrix64 {
  if (cloud.n > width) {
    const { factor, rank } = choleskyFactor(moments(values, width).covariance, width);
    return { values: factor, rows: width, columns: rank };
  }
  return { ...scaled(fullRankRows(cloud, width), 1 / Math.sqrt(cloud.n - 1)), transposed: true };
}

function scaled(matrix: Matrix64, by: number): Matrix64 {
  return { ...matrix, values: matrix.values.map((x) => x * by) };
}

/** Squared lengths of n rows. */
function squares(rows: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < rows.length; i++) out[Math.floor(i * n / rows.length)]! += rows[i]! ** 2;
  return out;
}
