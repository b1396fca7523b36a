/** Matrix products in float64 without a compiled engine, in blocks so that rows stay in the processor's cache. */
import type { Matrix64 } from "./xla/programs/float64.ts";

const block = 64; // rows of the result that share a pass over b

/** The product of two matrices with equal inner dimensions, [p, q] in row-major order. */
export function productPlain(a: Matrix64, b: Matrix64): Float64Array<ArrayBuffer> {
  const [left, right] = [materialized(a), materialized(b)];
  const [p, n, q] = [left.rows, left.columns, right.columns];
  const out = new Float64Array(p * q);
  for (let top = 0; top < p; top += block) {
    for (let k = 0; k < n; k++) {
      const row = right.values.subarray(k * q, (k + 1) * q);
      for (let i = top; i < Math.min(p, top + block); i++) {
        const factor = left.values[i * n + k]!;
        const at = i * q;
        for (let j = 0; j < q; j++) out[at + j]! += factor * row[j]!;
      }
    }
  }
  return out;
}

/** The matrix with its transposition, if any, carried out in memory. */
function materialized({ values, rows, columns, transposed }: Matrix64): Matrix64 {
  if (!transposed) return { values, rows, columns };
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j]!;
  }
  return { values: result, rows: columns, columns: rows };
}
