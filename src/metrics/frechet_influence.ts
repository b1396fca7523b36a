/**
 * The influence of each story on the Fréchet distance: the derivative by the story's contribution to means and
 * covariances.
 *
 * Let A be the linear map that transports N(0, Σ₂) to N(0, Σ₁). The trace tr √(…) changes by ½ tr(A dΣ₂), so a
 * generated vector x around its mean contributes 2 (μ₂ − μ₁)·x + ‖x‖² − xᵀA x to d², minus the mean of this over all
 * vectors; a real vector likewise, with the inverse map. With Σ₁ = F Fᵀ and M = FᵀΣ₂F, A = F M^(−1/2) Fᵀ and the
 * inverse map is Σ₂F M^(−3/2) FᵀΣ₂.
 */
import { type Matrix64, product64 } from "../engine/mod.ts";
import { type Influence, influenceOfStories } from "./bootstrap.ts";
import type { Features } from "./features.ts";
import { choleskyFactor, type Cloud, cloudOf, commonWidth, moments } from "./frechet.ts";
import { eigenvectors } from "./symmetric.ts";
import { dot, sum } from "./vectors.ts";

/** Directions below this share of the largest eigenvalue are rounding. */
const smallest = 1e-14;

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
  const inner = product64({ ...projected, transposed: true }, projected).map((x) => x / (two.n - 1)); // M [r, r]
  const image = product64({ ...rowsOf(two), transposed: true }, projected).map((x) => x / (two.n - 1)); // Σ₂F [D, r]

  const { values, vectors } = eigenvectors(inner, r);
  const top = values.reduce((x, y) => Math.max(x, y), 0);
  const kept = Array.from(values, (_, i) => i).filter((i) => values[i]! > smallest * top);
  /** Eigenvectors of M times a power of their eigenvalues, as columns. */
  const scaledBy = (power: number): Matrix64 => {
    const columns = new Float64Array(kept.length * r);
    kept.forEach((i, row) => columns.set(vectors[i]!.map((x) => x * values[i]! ** power), row * r));
    return { values: columns, rows: kept.length, columns: r, transposed: true };
  };
  // A system that always generates the same picture leaves no direction.
  const along = (rows: Matrix64, power: number) =>
    kept.length === 0 ? new Float64Array(rows.rows) : squares(product64(rows, scaledBy(power)), kept.length);
  const mapped = along(projected, -0.25); // // xᵀA x of the second set
  const back = along(
    { values: product64(rowsOf(one), { values: image, rows: width, columns: r }), rows: one.n, columns: r },
    -0.75,
  );

  const shift = two.mean.map((x, d) => x - one.mean[d]!);
  const overlap = values.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  const length = ({ centred }: Cloud) => squares(centred, width);
  const [lengthOne, lengthTwo] = [length(one), length(two)];
  const value = sum(shift.map((x) => x * x)) + sum(lengthOne) / (one.n - 1) + sum(lengthTwo) / (two.n - 1) -
    2 * overlap;

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
  const scale = 1 / Math.sqrt(cloud.n - 1);
  return { values: cloud.centred.map((x) => x * scale), rows: cloud.n, columns: width, transposed: true };
}

/** Squared lengths of rows of `width` numbers. */
function squares(rows: Float64Array, width: number): Float64Array {
  const out = new Float64Array(rows.length / width);
  for (let i = 0; i < rows.length; i++) out[Math.floor(i / width)]! += rows[i]! ** 2;
  return out;
}
