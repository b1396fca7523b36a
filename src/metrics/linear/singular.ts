/**
 * Singular values and right singular vectors of a matrix C in float64, from the eigenvalues of CᵀC.
 *
 * Squaring keeps half of the digits: an eigenvalue that is rounding, 1e-16 of the largest, has a root of 1e-8 of it, and
 * hundreds of such null directions add up to more than a small distance. Therefore only large eigenvalues are taken; C
 * is then restricted to the other directions, where smaller ones are the largest, and so on.
 */
import { type Matrix64, product64 } from "../../engine/mod.ts";
import { eigenvalues, eigenvectors } from "./symmetric.ts";

/** Eigenvalues above this share of the largest have roots with an error below 1e-8 of themselves. */
const precise = 1e-8;

/** A matrix C [m, n]. */
type Rows = Omit<Matrix64, "transposed">;

/** Singular values, not sorted, and the right singular vectors [n] each, in the same order. */
export interface Directions {
  values: Float64Array;
  vectors: Float64Array[];
}

/**
 * The singular values of C, not sorted.
 *
 * @param inner CᵀC [n, n]
 * @param cross C, which is asked for where some eigenvalue is no more than rounding
 */
export function singularValues(inner: Float64Array, n: number, cross: () => Rows): Float64Array {
  const squares = eigenvalues(inner, n);
  const rounding = n * Number.EPSILON * largest(squares);
  return squares.every((x) => x > rounding) ? squares.map(Math.sqrt) : singularDirections(cross()).values;
}

/** The singular values and right singular vectors of C. */
export function singularDirections(cross: Rows): Directions {
  const n = cross.columns;
  const inner = product64({ ...cross, transposed: true }, cross);
  const { values: squares, vectors } = eigenvectors(inner, n);
  const top = largest(squares);
  const isLarge = (i: number) => squares[i]! > precise * top;
  const all = Array.from(squares, (_, i) => i);
  const [large, small] = [all.filter(isLarge), all.filter((i) => !isLarge(i)).map((i) => vectors[i]!)];
  const found = large.map((i) => ({ value: Math.sqrt(squares[i]!), vector: vectors[i]! }));
  const rest = large.length === 0 || small.length === 0
    ? small.map((vector) => ({ value: 0, vector }))
    : restricted(cross, small);
  const directions = [...found, ...rest];
  return {
    values: Float64Array.from(directions, ({ value }) => value),
    vectors: directions.map(({ vector }) => vector),
  };
}

/** The directions of C within the span of k orthonormal vectors [n]. */
function restricted(cross: Rows, span: Float64Array[]): { value: number; vector: Float64Array }[] {
  const [n, k] = [cross.columns, span.length];
  const basis = stacked(span, n);
  const part = product64(cross, { ...basis, transposed: true }); // C Vᵀ [m, k]
  const { values, vectors } = singularDirections({ values: part, rows: cross.rows, columns: k });
  const turned = product64(stacked(vectors, k), basis); // [k, n]
  return vectors.map((_, i) => ({ value: values[i]!, vector: turned.subarray(i * n, (i + 1) * n) }));
}

/** Vectors of n numbers as rows. */
export function stacked(vectors: Float64Array[], n: number): Rows {
  const values = new Float64Array(vectors.length * n);
  vectors.forEach((vector, i) => values.set(vector, i * n));
  return { values, rows: vectors.length, columns: n };
}

const largest = (values: Float64Array) => values.reduce((most, x) => Math.max(most, x), 0);
