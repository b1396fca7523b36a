import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { Matrix } from "ml-matrix";
import { random } from "../../src/base/random.ts";
import { frechetDistance, moments } from "../../src/metrics/frechet.ts";

const width = 6;
const cloud = (name: string, n: number, scale = 1) =>
  random(3, "frechet", name).normals(n * width).map((x) => x * scale);

Deno.test("frechetDistance() is 0 between a cloud and itself", () => {
  const a = moments(cloud("a", 50), width);
  assertAlmostEquals(frechetDistance(a, a), 0, 1e-9);
});

Deno.test("frechetDistance() is the squared distance of the means when covariances are equal", () => {
  const points = cloud("a", 50);
  const shifted = points.map((x, i) => x + (i % width));
  // 0² + 1² + … + 5² = 55; the points are float32.
  assertAlmostEquals(frechetDistance(moments(points, width), moments(shifted, width)), 55, 1e-4);
});

Deno.test("frechetDistance() equals the closed form when covariances are diagonal", () => {
  const gaussian = (mean: number[], variances: number[]) => ({
    mean: Float64Array.from(mean),
    covariance: Matrix.diag(variances),
    n: 100,
  });
  const d = frechetDistance(gaussian([1, 2, 3], [4, 9, 0]), gaussian([1, 0, 3], [1, 16, 25]));
  assertAlmostEquals(d, 4 + (2 - 1) ** 2 + (3 - 4) ** 2 + 5 ** 2, 1e-9);
});

Deno.test("frechetDistance() equals tr of the matrix root when covariances do not commute", () => {
  const of = (rows: number[][]) => ({ mean: new Float64Array(2), covariance: new Matrix(rows), n: 9 });
  const [a, b] = [[[2, 1], [1, 2]], [[3, 0], [0, 1]]];
  // For 2×2: tr √(AB) = √(tr AB + 2 √det AB), with tr AB = 8 and det AB = 9.
  assertAlmostEquals(frechetDistance(of(a), of(b)), 4 + 4 - 2 * Math.sqrt(8 + 2 * 3), 1e-9);
});

Deno.test("frechetDistance() is the same in both directions", () => {
  const [a, b] = [moments(cloud("a", 40), width), moments(cloud("b", 30, 2), width)];
  assertAlmostEquals(frechetDistance(a, b), frechetDistance(b, a), 1e-9);
});

Deno.test("frechetDistance() stays finite and positive with fewer samples than dimensions", () => {
  const d = frechetDistance(moments(cloud("a", 3), width), moments(cloud("b", 4), width));
  assert(Number.isFinite(d) && d > 0);
});

Deno.test("moments() equals the definition of mean and covariance", () => {
  const { mean, covariance, n } = moments([1, 2, 3, 6, 5, 1], 2);
  assertAlmostEquals(mean[0]!, 3);
  assertAlmostEquals(mean[1]!, 3);
  assertAlmostEquals(covariance.get(0, 0), 4);
  assertAlmostEquals(covariance.get(0, 1), -1);
  assertAlmostEquals(covariance.get(1, 1), 7);
  assert(n === 3);
});

Deno.test("moments() refuses a single vector", () => {
  assertThrows(() => moments([1, 2], 2), Error, "at least two rows");
});
