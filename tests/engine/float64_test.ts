import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { type Matrix64, product64, useEngine } from "../../src/engine/mod.ts";

const matrix = (rows: number, columns: number, transposed = false): Matrix64 => ({
  values: Float64Array.from(random(1, "float64", rows, columns, transposed ? 1 : 0).normals(rows * columns)),
  rows,
  columns,
  transposed,
});

/** Term by term. */
function plainly(a: Matrix64, b: Matrix64): number[] {
  const at = ({ values, columns, transposed }: Matrix64, i: number, j: number) =>
    values[transposed ? j * columns + i : i * columns + j]!;
  const [p, n] = a.transposed ? [a.columns, a.rows] : [a.rows, a.columns];
  const q = b.transposed ? b.rows : b.columns;
  return Array.from({ length: p * q }, (_, place) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += at(a, Math.floor(place / q), k) * at(b, k, place % q);
    return sum;
  });
}

const pairs: [Matrix64, Matrix64][] = [
  [matrix(70, 5), matrix(5, 3)],
  [matrix(5, 70, true), matrix(5, 3)],
  [matrix(4, 9), matrix(6, 9, true)],
  [matrix(9, 4, true), matrix(6, 9, true)],
  [matrix(1, 1), matrix(1, 1)],
];

for (const engine of ["xla", "cpu"] as const) {
  Deno.test(`product64() on ${engine} has a double's digits, whichever side is transposed`, async () => {
    await useEngine(engine);
    for (const [a, b] of pairs) {
      const [found, wanted] = [product64(a, b), plainly(a, b)];
      assertEquals(found.length, wanted.length);
      found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1e-13));
    }
    // 1 + 2⁻⁴⁰ is lost in float32.
    const tiny = 1 + 2 ** -40;
    const scalar = (value: number): Matrix64 => ({ values: new Float64Array([value]), rows: 1, columns: 1 });
    assertEquals(product64(scalar(tiny), scalar(1))[0], tiny);
  });
}

Deno.test("product64() refuses sides that do not fit", () => {
  assertThrows(() => product64(matrix(2, 3), matrix(2, 3)), Error, "inner dimensions 3 and 2");
  assert(product64(matrix(2, 3), matrix(2, 3, true)).length === 4);
});
