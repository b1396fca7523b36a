/**
 * Eigenvalues, and optionally eigenvectors, of a large symmetric matrix in float64: Householder reflections make it
 * tridiagonal, and the implicit QL iteration makes it diagonal (Golub and Van Loan, chapter 8).
 *
 * Optimised for memory traffic: only the lower half is stored, row by row, and each pass over it does two things at
 * once, the update by the previous reflection and the product with the next one. 2048×2048 takes three seconds.
 */

/** A tridiagonal matrix and the reflections that led to it. */
interface Tridiagonal {
  diagonal: Float64Array;
  /** Off-diagonal: entry i is in row i and column i − 1; entry 0 is 0. */
  offDiagonal: Float64Array;
  /**
   * The reflections I − v vᵀ / h, that of the last row first. For row i, `v` has i entries; h is 0 where no reflection
   * is needed.
   */
  reflections: { v: Float64Array; h: number }[];
}

/**
 * The eigenvalues, not sorted.
 *
 * @param matrix symmetric [n, n]; only its lower half is used
 */
export function eigenvalues(matrix: Float64Array, n: number): Float64Array {
  const { diagonal, offDiagonal } = tridiagonalise(matrix, n);
  iterate(diagonal, offDiagonal);
  return diagonal;
}

/** The eigenvalues, not sorted, and their eigenvectors [n] each, in the same order. */
export function eigenvectors(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array[] } {
  const { diagonal, offDiagonal, reflections } = tridiagonalise(matrix, n);
  const vectors = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(1, i, i + 1));
  iterate(diagonal, offDiagonal, vectors);
  reflections.reverse();
  for (const z of vectors) for (const { v, h } of reflections) if (h > 0) reflect(z, v, h);
  return { values: diagonal, vectors };
}

function reflect(z: Float64Array, v: Float64Array, h: number): void {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * z[i]!;
  sum /= h;
  for (let i = 0; i < v.length; i++) z[i]! -= sum * v[i]!;
}

function tridiagonalise(matrix: Float64Array, n: number): Tridiagonal {
  const rows = Array.from({ length: n }, (_, i) => matrix.slice(i * n, i * n + i + 1)); // the lower half
  const [diagonal, offDiagonal] = [new Float64Array(n), new Float64Array(n)];
  const reflections: Tridiagonal["reflections"] = [];
  // The update −v wᵀ − w vᵀ of the matrix is still pending.
  let v = new Float64Array(n);
  let w = new Float64Array(n);
  for (let last = n - 1; last >= 0; last--) {
    const row = rows.pop()!;
    for (let j = 0; j <= last; j++) row[j]! -= v[last]! * w[j]! + w[last]! * v[j]!;
    diagonal[last] = row[last]!;
    if (last === 0) break;
    const next = row.slice(0, last);
    const norm = largest(next) === 0 ? 0 : length(next);
    const alpha = next[last - 1]! > 0 ? -norm : norm;
    const h = norm * norm - next[last - 1]! * alpha;
    offDiagonal[last] = alpha;
    next[last - 1]! -= alpha;
    const p = new Float64Array(last);
    pass(rows, v, w, next, p);
    let inner = 0;
    if (h > 0) {
      for (let i = 0; i < last; i++) inner += next[i]! * (p[i]! /= h);
      for (let i = 0; i < last; i++) p[i]! -= (inner / (2 * h)) * next[i]!;
    } else {
      next.fill(0);
      p.fill(0);
    }
    reflections.push({ v: next, h });
    [v, w] = [next, p];
  }
  return { diagonal, offDiagonal, reflections };
}

/** Adds −v wᵀ − w vᵀ to the rows, and the product of the result with `x` to `p`. */
function pass(rows: Float64Array[], v: Float64Array, w: Float64Array, x: Float64Array, p: Float64Array): void {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const vi = v[i]!;
    const wi = w[i]!;
    const xi = x[i]!;
    let sum = 0;
    for (let j = 0; j < i; j++) {
      const value = row[j]! - vi * w[j]! - wi * v[j]!;
      row[j] = value;
      sum += value * x[j]!;
      p[j]! += value * xi;
    }
    row[i]! -= 2 * vi * wi;
    p[i]! += sum + row[i]! * xi;
  }
}

/** The Euclidean length, without overflow or underflow. */
function length(values: Float64Array): number {
  const scale = largest(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! / scale) ** 2;
  return scale * Math.sqrt(sum);
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

/** The implicit QL iteration: `diagonal` becomes the eigenvalues; the rows of `vectors` are rotated accordingly. */
function iterate(diagonal: Float64Array, offDiagonal: Float64Array, vectors?: Float64Array[]): void {
  const n = diagonal.length;
  const e = Float64Array.from({ length: n }, (_, i) => offDiagonal[i + 1] ?? 0); // e[i] between i and i + 1
  // Entries small relative to the whole matrix are rounding: eigenvalues near zero converge by no other criterion.
  const negligible = Number.EPSILON * diagonal.reduce((most, x, i) => Math.max(most, Math.abs(x) + Math.abs(e[i]!)), 0);
  if (!Number.isFinite(negligible)) throw new Error("The matrix is not finite, so it has no eigenvalues");
  for (let l = 0; l < n; l++) {
    for (let iterations = 0;; iterations++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > negligible) m++;
      if (m === l) break;
      if (iterations === 60) throw new Error("An eigenvalue did not converge in 60 iterations");
      let g = (diagonal[l + 1]! - diagonal[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = diagonal[m]! - diagonal[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let [s, c, p] = [1, 1, 0];
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          diagonal[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1]! - p;
        r = (diagonal[i]! - g) * s + 2 * c * b;
        p = s * r;
        diagonal[i + 1] = g + p;
        g = c * r - b;
        if (vectors) rotate(vectors[i]!, vectors[i + 1]!, c, s);
      }
      if (r === 0 && i >= l) continue;
      diagonal[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

function rotate(a: Float64Array, b: Float64Array, c: number, s: number): void {
  for (let k = 0; k < a.length; k++) {
    const x = a[k]!;
    const y = b[k]!;
    b[k] = s * x + c * y;
    a[k] = c * x - s * y;
  }
}
