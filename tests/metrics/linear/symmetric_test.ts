import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { eigenvalues, eigenvectors } from "../../../src/metrics/linear/symmetric.ts";

/** B Bᵀ of a random B [n, rank]. */
function symmetric(n: number, rank: number): Float64Array {
  const b = random(1, "symmetric", n, rank).normals(n * rank);
  return Float64Array.from({ length: n * n }, (_, place) => {
    const [i, j] = [Math.floor(place / n), place % n];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += b[i * rank + k]! * b[j * rank + k]!;
    return sum;
  });
}

Deno.test("eigenvectors() are unit vectors that the matrix scales by the eigenvalues", () => {
  for (const [n, rank] of [[1, 1], [2, 2], [7, 7], [40, 40], [40, 9]] as const) {
    const matrix = symmetric(n, rank);
    const { values, vectors } = eigenvectors(matrix, n);
    const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
      let sum = 0;
      for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
      return sum;
    };
    vectors.forEach((vector, i) => {
      vectors.forEach((other, j) => assertAlmostEquals(dot(vector, other), i === j ? 1 : 0, 1e-13));
      for (let row = 0; row < n; row++) {
        assertAlmostEquals(dot(matrix.subarray(row * n, (row + 1) * n), vector), values[i]! * vector[row]!, 1e-12);
      }
    });
    const sorted = (list: Float64Array) => list.toSorted();
    sorted(eigenvalues(matrix, n)).forEach((value, i) => assertAlmostEquals(value, sorted(values)[i]!, 1e-12));
    assertEquals(values.filter((value) => value > 1e-9).length, rank);
  }
});

Deno.test("eigenvalues() of diagonal, empty and block matrices are exact", () => {
  assertEquals([...eigenvalues(Float64Array.of(3, 0, 0, 0, -1, 0, 0, 0, 2), 3)].sort(), [-1, 2, 3]);
  assertEquals([...eigenvalues(new Float64Array(9), 3)], [0, 0, 0]);
  const blocks = Float64Array.of(2, 1, 0, 1, 2, 0, 0, 0, 5);
  const found = eigenvalues(blocks, 3).toSorted();
  [1, 3, 5].forEach((value, i) => assertAlmostEquals(found[i]!, value, 1e-14));
});

Deno.test("eigenvalues() of a matrix that is not finite throws", () => {
  assertThrows(() => eigenvalues(Float64Array.of(NaN, 1, 1, NaN), 2), Error, "not finite");
});
