import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { random } from "../../src/base/random.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { choleskyFactor, frechet, frechetDistance, moments } from "../../src/metrics/frechet.ts";
import { frechetInfluence } from "../../src/metrics/frechet_influence.ts";

await useEngine("cpu");

const width = 6;
const cloud = (name: string, n: number, scale = 1) =>
  random(3, "frechet", name).normals(n * width).map((x) => x * scale);

Deno.test("frechetDistance() is 0 between a set of vectors and itself", () => {
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
    covariance: Float64Array.from({ length: 9 }, (_, i) => i % 4 === 0 ? variances[i / 4]! : 0),
    n: 100,
  });
  const d = frechetDistance(gaussian([1, 2, 3], [4, 9, 0]), gaussian([1, 0, 3], [1, 16, 25]));
  assertAlmostEquals(d, 4 + (2 - 1) ** 2 + (3 - 4) ** 2 + 5 ** 2, 1e-9);
});

Deno.test("frechetDistance() equals tr of the matrix root when covariances do not commute", () => {
  const of = (rows: number[][]) => ({ mean: new Float64Array(2), covariance: Float64Array.from(rows.flat()), n: 9 });
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
  assertEquals([...covariance], [4, -1, -1, 7]);
  assert(n === 3);
});

const features = (values: Float32Array, of = width) => ({ values, width: of, rows: 1 });

Deno.test("frechet() by few vectors equals the distance by moments, and does not depend on the order of rows", () => {
  for (const [n, m] of [[3, 40], [40, 5], [4, 5], [6, 6]] as const) {
    const [a, b] = [cloud("a", n), cloud("b", m, 2)];
    const byMoments = frechetDistance(moments(a, width), moments(b, width));
    assertAlmostEquals(frechet(features(a), features(b)), byMoments, 1e-6);
    const turned = new Float32Array([...b.subarray(2 * width), ...b.subarray(0, 2 * width)]);
    assertAlmostEquals(frechet(features(a), features(turned)), frechet(features(a), features(b)), 1e-7);
  }
});

Deno.test("frechet() does not change when both sets are rotated", () => {
  const turn = (points: Float32Array) =>
    // a rotation by 0.7 in the plane of places 1 and 4
    points.map((x, i) => {
      const d = i % width;
      if (d === 1) return Math.cos(0.7) * x - Math.sin(0.7) * points[i + 3]!;
      return d === 4 ? Math.sin(0.7) * points[i - 3]! + Math.cos(0.7) * x : x;
    });
  const [a, b] = [cloud("a", 40), cloud("b", 30, 2)];
  assertAlmostEquals(frechet(features(turn(a)), features(turn(b))), frechet(features(a), features(b)), 1e-5);
});

Deno.test("frechet() in one dimension is the difference of means and deviations", () => {
  const [a, b] = [new Float32Array([1, 3]), new Float32Array([10, 10, 13])]; // deviations √2 and √3
  assertAlmostEquals(frechet(features(a, 1), features(b, 1)), 81 + (Math.SQRT2 - Math.sqrt(3)) ** 2, 1e-9);
});

Deno.test("frechet() keeps its precision where variances differ by ten orders", () => {
  const stretched = (points: Float32Array) => points.map((x, i) => x * 10 ** (i % width));
  const [a, b] = [stretched(cloud("a", 400)), stretched(cloud("a", 400).map((x) => 2 * x))];
  const { covariance, mean } = moments(a, width);
  const trace = Array.from({ length: width }, (_, d) => covariance[d * (width + 1)]!).reduce((x, y) => x + y);
  const wanted = mean.reduce((sum, x) => sum + x * x, 0) + trace; // (2 − 1)² of each
  assertAlmostEquals(frechet(features(a), features(b)) / wanted, 1, 1e-6);
});

Deno.test("frechet() converges where most directions are rounding, as for features that hardly vary", () => {
  const n = 300;
  for (const width of [n, 2 * n]) {
    const places = (name: string) =>
      features(
        random(1, name, n).normals(n * width).map((x, i) => Math.max(0, x) * 10 ** (-6 * (i % width) / width)),
        width,
      );
    const [a, b] = [places("a"), places("b")];
    const d = frechet(a, b);
    assert(d > 0);
    assertAlmostEquals(frechet(b, a) / d, 1, 1e-6);
    assertAlmostEquals(frechet(a, a), 0, 1e-6 * d);
  }
});

Deno.test("frechetInfluence() of a system that generates one picture only is finite", () => {
  const one = features(new Float32Array(9 * width).fill(2));
  const found = frechetInfluence(features(cloud("a", 9)), one);
  assertAlmostEquals(found.value, frechet(features(cloud("a", 9)), one), 1e-6);
  assert([...found.real, ...found.generated].every(Number.isFinite));
});

Deno.test("choleskyFactor() multiplies to the matrix and finds its rank", () => {
  const { covariance } = moments(cloud("a", 4), width); // rank 3
  const { factor, rank } = choleskyFactor(covariance, width);
  assertEquals(rank, 3);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += factor[i * rank + k]! * factor[j * rank + k]!;
      assertAlmostEquals(sum, covariance[i * width + j]!, 1e-12);
    }
  }
  assertEquals(choleskyFactor(new Float64Array(4), 2).rank, 0);
});

Deno.test("sets without a distance are refused with their name", () => {
  assertThrows(() => moments([1, 2], 2), UserError, "at least two given vectors, and there is one");
  const one = features(cloud("a", 1));
  assertThrows(() => frechet(features(cloud("a", 9)), one), UserError, "at least two generated vectors");
  const broken = cloud("a", 9);
  broken[3 * width + 2] = NaN;
  assertThrows(() => frechet(features(broken), features(cloud("a", 9))), UserError, "real feature vector 3 is not");
});

/** Clouds in a common subspace of `rank` dimensions, apart by noise of deviation 0.001 in all D. */
function nearlyEqual(n: number, D: number, rank: number) {
  const [a, b] = [random(1, "low", "a").normals(n * rank), random(1, "low", "b").normals(rank * D)];
  const noise = random(1, "low", "noise").normals(n * D);
  const low = Float32Array.from({ length: n * D }, (_, at) => {
    const [i, d] = [Math.floor(at / D), at % D];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += a[i * rank + k]! * b[k * D + d]!;
    return sum;
  });
  return [features(low, D), features(low.map((x, i) => x + 0.001 * noise[i]!), D)] as const;
}

Deno.test("null directions add nothing: nearly equal clouds of low rank have the distance of a float64 SVD", () => {
  // numpy: ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 Σ svd(X₁X₂ᵀ)/√((n₁ − 1)(n₂ − 1)), where roots of eigenvalues gave 7.1e-5.
  const wanted = 1.1894802946699201e-4;
  const [a, b] = nearlyEqual(80, 128, 10);
  for (const found of [frechet(a, b), frechet(b, a), frechetInfluence(a, b).value, frechetInfluence(b, a).value]) {
    assertAlmostEquals(found / wanted, 1, 1e-6);
  }
  const { real, generated } = frechetInfluence(a, b); // each vector lies in the noise of its partner
  real.forEach((x, i) => assertAlmostEquals(x, -generated[i]!, 1e-3));
  // More vectors than dimensions: by covariances, whose own rounding is 1e-16 of the largest variance.
  const [c, d] = nearlyEqual(160, 128, 10);
  for (const found of [frechet(c, d), frechetInfluence(c, d).value]) {
    assertAlmostEquals(found / 1.1809818806796102e-4, 1, 1e-3);
  }
});

Deno.test("frechetInfluence() is finite where the real frames are one picture, and frechet() of equal sets is 0", () => {
  const one = features(new Float32Array(9 * width).fill(2));
  const found = frechetInfluence(one, features(cloud("a", 9)));
  assertAlmostEquals(found.value, frechet(one, features(cloud("a", 9))), 1e-6);
  assert([...found.real, ...found.generated].every(Number.isFinite));
  for (const n of [4, 40]) {
    assertAlmostEquals(frechet(features(cloud("a", n)), features(cloud("a", n))), 0, 1e-12);
    assertEquals(frechetInfluence(features(cloud("a", n)), features(cloud("a", n))).value < 1e-12, true);
  }
});
