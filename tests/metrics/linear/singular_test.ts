import { assertAlmostEquals } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { useEngine } from "../../../src/engine/mod.ts";
import { eigenvectors } from "../../../src/metrics/linear/symmetric.ts";
import { singularDirections, singularValues } from "../../../src/metrics/linear/singular.ts";

await useEngine("cpu");

/** A random orthogonal matrix [n, n], row by row. */
function orthogonal(n: number): Float64Array[] {
  const values = random(1, "orthogonal", n).normals(n * n);
  const symmetric = Float64Array.from(values, (_, at) => values[at]! + values[(at % n) * n + Math.floor(at / n)]!);
  return eigenvectors(symmetric, n).vectors;
}

Deno.test("singularDirections() finds values of sixteen orders of magnitude, each to the rounding of the largest", () => {
  const [n, m] = [9, 12];
  const wanted = Array.from({ length: n }, (_, i) => i < 7 ? 10 ** (-2.5 * i) : 0);
  const [left, right] = [orthogonal(m), orthogonal(n)];
  const values = Float64Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return wanted.reduce((sum, s, k) => sum + left[k]![i]! * s * right[k]![j]!, 0);
  });
  const cross = { values, rows: m, columns: n };
  const inner = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < m; k++) sum += values[k * n + i]! * values[k * n + j]!;
    return sum;
  });
  const found = singularDirections(cross);
  for (const list of [found.values, singularValues(inner, n, () => cross)]) {
    list.toSorted((a, b) => b - a).forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-14));
  }
  found.vectors.forEach((a, i) =>
    found.vectors.forEach((b, j) =>
      assertAlmostEquals(a.reduce((sum, x, k) => sum + x * b[k]!, 0), i === j ? 1 : 0, 1e-13)
    )
  );
});
