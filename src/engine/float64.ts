/** Matrix products in float64 without a compiled engine, blocked so that rows stay in the processor's cache. */
import type { Matrix64 } from "./xla/programs/float64.ts";

const block = 64; // rows of the result that share a pass over b

/** The product of two matrices that fit, [p, q] row after row. */
export function productPlain(a: Matrix64, b: Matrix64): Float64Array<ArrayBuffer> {
  const [left, right] = [upright(a), upright(b)];
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

/** The matrix itself, transposed in memory where its transpose is meant. */
function upright({ values, rows, columns, transposed }: Matrix64): Matrix64 {
  if (!transposed) return { values, rows, columns };
  const turned = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) turned[j * rows + i] = values[i * columns + j]!;
  }
  return { values: turned, rows: columns, columns: rows };
}
