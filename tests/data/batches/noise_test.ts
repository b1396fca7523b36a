import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { type Draw, noiseValues } from "../../../src/data/batches/noise.ts";

const N = 20_000;
const moments = (values: Float32Array) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  return [mean, values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length] as const;
};

Deno.test("noiseValues() of kind uniform fill (−1, 1) evenly", () => {
  const { shift } = noiseValues({ shift: { shape: [N / 2, 2], kind: "uniform" } }, 1, "noise", 3);
  assertEquals(shift!.length, N);
  assert(shift!.every((x) => x > -1 && x < 1));
  const bins = new Array(10).fill(0);
  for (const x of shift!) bins[Math.floor(5 * (x + 1))]++;
  const chiSquare = bins.reduce((sum, count) => sum + (count - N / 10) ** 2 / (N / 10), 0);
  assert(chiSquare < 27.9, `χ² = ${chiSquare}`); // p = 0.001 with 9 degrees of freedom
  const [mean, variance] = moments(shift!);
  assertAlmostEquals(mean, 0, 4 * Math.sqrt(1 / 3 / N));
  assertAlmostEquals(variance, 1 / 3, 0.01);
});

Deno.test("noiseValues() takes each kind from the stream of its name: the kinds are functions of the same numbers", () => {
  const [normal, logistic, uniform] = (["normal", "logistic", "uniform"] as const).map((kind) =>
    noiseValues({ x: { shape: [50], kind } }, 4, "noise", 9).x!
  );
  const [u, n] = [random(4, "noise", "x", 9), random(4, "noise", "x", 9)];
  for (let i = 0; i < 50; i++) {
    const value = u.uniform();
    assertAlmostEquals(uniform![i]!, 2 * value - 1, 1e-6);
    assertAlmostEquals(logistic![i]!, Math.log(value / (1 - value)), 1e-5);
    assertAlmostEquals(normal![i]!, n.normal(), 1e-6);
  }
});

Deno.test("noiseValues() of a step do not depend on the other tensors of the step, and differ from those of the next", () => {
  const draw: Draw = { shape: [4], kind: "uniform" };
  const both = noiseValues({ z: { shape: [7], kind: "normal" }, shift: draw }, 1, "noise", 3);
  assertEquals(both.shift, noiseValues({ shift: draw }, 1, "noise", 3).shift);
  assertNotEquals(both.shift, noiseValues({ shift: draw }, 1, "noise", 4).shift);
});
