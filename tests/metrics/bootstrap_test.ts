import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { useEngine } from "../../src/engine/mod.ts";
import {
  influenceError,
  influenceInterval,
  interval,
  intervalOfSum,
  positiveInterval,
  resampledInterval,
} from "../../src/metrics/bootstrap.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { frechetInfluence } from "../../src/metrics/frechet_influence.ts";
import { kidInfluence } from "../../src/metrics/kid.ts";

await useEngine("cpu");

const width = 3;
/** Stories of two frames each, around a mean of their own. */
function stories(name: string, n: number, scale = 1, shift = 0) {
  const [places, frames] = [
    random(1, name, "story").normals(n * width),
    random(1, name, "frame").normals(2 * n * width),
  ];
  const values = frames.map((x, i) => {
    const [story, d] = [Math.floor(i / (2 * width)), i % width];
    return scale * (places[story * width + d]! + 0.5 * x) + shift * d;
  });
  return { values, width, rows: 2 };
}

Deno.test("interval() is that of the mean, the same for one seed, and as wide as the standard error implies", () => {
  const values = random(1, "interval").normals(400).map((x) => 5 + x);
  const found = interval(values, { seed: 1 });
  assertEquals(found, interval(values, { seed: 1 }));
  assert(interval(values, { seed: 2 }).low !== found.low);
  const mean = values.reduce((a, b) => a + b) / 400;
  assertAlmostEquals(found.high - mean, 1.96 / 20, 0.015);
  assertAlmostEquals(mean - found.low, 1.96 / 20, 0.015);
  const both = intervalOfSum([values, values], { seed: 1 });
  assertAlmostEquals(both.high - both.low, Math.SQRT2 * (found.high - found.low), 0.03);
});

for (
  const [name, influence, value] of [
    ["frechetInfluence()", frechetInfluence, frechet],
    ["kidInfluence()", kidInfluence, (a, b) => kidInfluence(a, b).value],
  ] as [string, typeof frechetInfluence, typeof frechet][]
) {
  Deno.test(`${name} is how the number changes when the weight of a story grows`, () => {
    const [real, generated] = [stories("real", 300), stories("drawn", 260, 1.5, 1)];
    const { value: whole, real: ofReal, generated: ofGenerated } = influence(real, generated);
    assertAlmostEquals(whole, value(real, generated), 1e-6 * whole);
    assertAlmostEquals(ofReal.reduce((a, b) => a + b), 0, 1e-7);
    // A story more is 1/301 more of the distribution: the change is that much of its influence, at first order.
    for (const story of [0, 7, 100]) {
      for (const [side, moves] of [[real, ofReal], [generated, ofGenerated]] as const) {
        const own = side.values.slice(story * 2 * width, (story + 1) * 2 * width);
        const more = { ...side, values: new Float32Array([...side.values, ...own]) };
        const changed = side === real ? value(more, generated) : value(real, more);
        const wanted = moves[story]! / (moves.length + 1);
        assertAlmostEquals(changed - whole, wanted, 0.02 * Math.abs(wanted) + 2e-4 * Math.max(1, whole));
      }
    }
  });
}

Deno.test("the interval of a Fréchet distance holds the true one in 19 of 20 draws of the stories", () => {
  // Gaussians of known moments: Σ = (1 + ¼) I against (1.5² · 1.25) I, means apart by (0, 1, 2).
  const truth = 5 + 3 * (Math.sqrt(1.25) * 0.5) ** 2;
  let [held, heldOfLogarithm] = [0, 0];
  for (let i = 0; i < 100; i++) {
    const found = frechetInfluence(stories(`real${i}`, 120), stories(`drawn${i}`, 120, 1.5, 1));
    const { low, high } = influenceInterval(found, false, { seed: i, resamples: 200 })!;
    if (low <= truth && truth <= high) held++;
    const positive = positiveInterval(found, false, { seed: i, resamples: 200 })!;
    if (positive.low <= truth && truth <= positive.high) heldOfLogarithm++;
  }
  assert(heldOfLogarithm >= 88 && heldOfLogarithm <= 100, `${heldOfLogarithm} of 100, of the logarithm`);
  assert(held >= 88 && held <= 100, `${held} of 100`); // 95 ± 3 deviations
});

Deno.test("frechetInfluence() by few vectors is that by moments, whichever side is the smaller", () => {
  const wide = (name: string, n: number) => ({ values: random(2, name).normals(n * 8), width: 8, rows: 1 });
  for (const [n, m] of [[5, 30], [30, 5], [5, 6], [30, 40]] as const) {
    const [a, b] = [wide("a", n), wide("b", m)];
    const { value, real, generated } = frechetInfluence(a, b);
    assertAlmostEquals(value, frechet(a, b), 1e-6);
    assertEquals([real.length, generated.length], [n, m]);
    const turned = frechetInfluence(b, a);
    turned.generated.forEach((x, i) => assertAlmostEquals(x, real[i]!, 1e-5));
    turned.real.forEach((x, i) => assertAlmostEquals(x, generated[i]!, 1e-5));
  }
});

Deno.test("stories that belong together are resampled together, which narrows the interval of what they share", () => {
  const found = { value: 1, real: Float64Array.of(1, -1, 2, -2), generated: Float64Array.of(-1, 1, -2, 2) };
  assertEquals(influenceInterval(found, true, { seed: 1 }), { low: 1, high: 1, level: 0.95 });
  assert(influenceInterval(found, false, { seed: 1 })!.high > 1.5);
  assertEquals(influenceError(found, true), 0);
  assertAlmostEquals(influenceError(found, false)!, Math.sqrt(2 * (10 / 3) / 4), 1e-12);
});

Deno.test("resampledInterval() leaves out resamples without a value", () => {
  // The share of hits among cases of five stories, of which one alone has cases: undefined where that is not chosen.
  const share = (chosen: Uint32Array) => {
    const cases = chosen.filter((story) => story === 2).length;
    return 3 * cases / (4 * cases);
  };
  assertEquals(resampledInterval(5, share, { seed: 1, resamples: 50 }), { low: 0.75, high: 0.75, level: 0.95 });
  assertEquals(resampledInterval(5, () => NaN, { seed: 1, resamples: 50 }).low, NaN);
  // Numbers that are always defined have the quantiles of all resamples.
  const mean = (chosen: Uint32Array) => chosen.reduce((sum, story) => sum + [4, 7, 1, 9, 3][story]!, 0) / 5;
  assertEquals(resampledInterval(5, mean, { seed: 3 }), interval([4, 7, 1, 9, 3], { seed: 3 }));
});
