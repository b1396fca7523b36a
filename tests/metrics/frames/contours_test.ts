import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { influenceInterval } from "../../../src/metrics/bootstrap.ts";
import { laplacianMeans, ratioInfluence } from "../../../src/metrics/frames/contours.ts";

Deno.test("laplacianMeans() is the mean of |4x − neighbours| over inner pixels and channels", () => {
  const [N, H, W] = [3, 5, 4];
  const stream = random(1, "contours-test");
  const pictures = Uint8Array.from({ length: N * H * W * 3 }, () => stream.integer(256));
  const at = (n: number, y: number, x: number, c: number) => pictures[((n * H + y) * W + x) * 3 + c]!;
  const found = laplacianMeans(pictures, { height: H, width: W });
  for (let n = 0; n < N; n++) {
    const values: number[] = [];
    for (let c = 0; c < 3; c++) {
      for (const y of [1, 2, 3]) {
        for (const x of [1, 2]) {
          const around = [[0, 1], [0, -1], [1, 0], [-1, 0]].map(([dy, dx]) => at(n, y + dy!, x + dx!, c));
          values.push(Math.abs(around.reduce((sum, value) => sum + at(n, y, x, c) - value, 0)));
        }
      }
    }
    assertAlmostEquals(found[n]!, values.reduce((a, b) => a + b) / values.length, 1e-9);
  }
  assertEquals([...laplacianMeans(new Uint8Array(2 * 9 * 3).fill(200), { height: 3, width: 3 })], [0, 0]);
  assertEquals([...laplacianMeans(new Uint8Array(12), { height: 2, width: 2 })], [NaN]);
});

Deno.test("ratioInfluence() is the derivative of the ratio by the weight of a story", () => {
  const [real, generated] = [Float64Array.of(2, 4, 9), Float64Array.of(3, 1, 5)];
  const found = ratioInfluence(real, generated);
  assertAlmostEquals(found.value, 9 / 15, 1e-12);
  const small = 1e-6; // of all weight, given to story s in addition
  const weighted = (values: Float64Array, s: number) =>
    (1 - small) * values.reduce((a, b) => a + b) / 3 + small * values[s]!;
  for (let s = 0; s < 3; s++) {
    assertAlmostEquals(found.generated[s]!, (weighted(generated, s) / 5 - found.value) / small, 1e-5);
    assertAlmostEquals(found.real[s]!, (3 / weighted(real, s) - found.value) / small, 1e-5);
  }
  assertEquals(ratioInfluence(new Float64Array(2), generated).value, NaN);
  // Generated frames of twice the strength, story by story: paired, their ratio has no uncertainty.
  const { low, high } = influenceInterval(ratioInfluence(real, real.map((x) => 2 * x)), true, {
    seed: 1,
    resamples: 50,
  })!;
  assertAlmostEquals(low, 2, 1e-12);
  assertAlmostEquals(high, 2, 1e-12);
  const apart = influenceInterval(ratioInfluence(real, real.map((x) => 2 * x)), false, { seed: 1, resamples: 50 });
  assert(apart!.low < 2 && apart!.high > 2);
});
