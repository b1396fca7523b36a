import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { adjusted, aggregate, excludesZero, pairedDifference, remains, type Value } from "../../src/study/aggregate.ts";

const value = (row: string, seed: number, value: number): Value => ({ row, seed, run: `${row}-${seed}`, value });

Deno.test("mean and standard deviation are those of the sample, whatever the order of the runs", () => {
  const [a, b] = aggregate([value("a", 2, 5), value("b", 1, 7), value("a", 1, 2), value("a", 3, 8)]);
  assertEquals([a!.row, a!.n, a!.mean, a!.sd, a!.seeds], ["a", 3, 5, 3, [1, 2, 3]]);
  assertEquals([b!.n, b!.mean, b!.sd], [1, 7, 0]);
});

Deno.test("two runs of one seed are refused by name", () => {
  assertThrows(() => aggregate([value("a", 1, 2), { ...value("a", 1, 3), run: "other" }]), UserError, "a-1 and other");
});

Deno.test("differences are paired by seed, so an effect of the seed on both rows cancels", () => {
  const seeds = [0, 100, -50]; // moves both rows of a seed
  const [a, b] = aggregate([
    ...seeds.map((shift, seed) => value("a", seed, shift + 3)),
    ...seeds.map((shift, seed) => value("b", seed, shift + 1 + 0.1 * seed)),
    value("b", 9, 1e6), // of a seed that the other has not
  ]);
  const { mean, low, high, n } = pairedDifference(a!, b!)!;
  assertAlmostEquals(mean, 1.9, 1e-9);
  assertEquals(n, 3);
  assert(low! < mean && high! > mean, `${low} ${high}`);
  assertEquals(pairedDifference(a!, aggregate([value("c", 7, 1)])[0]!), undefined);
});

const paired = (differences: number[]) => {
  const [a, b] = aggregate([
    ...differences.map((difference, seed) => value("a", seed, difference)),
    ...differences.map((_, seed) => value("b", seed, 0)),
  ]);
  return pairedDifference(a!, b!)!;
};

Deno.test("the interval of differences is Student's t, and not the range of the differences", () => {
  // mean 2, s 1, t(0.975, 2) = 4.3027: 2 ± 4.3027/√3. A bootstrap of three would give 1 to 3.
  const { mean, low, high, p } = paired([1, 2, 3]);
  assertEquals(mean, 2);
  assertAlmostEquals(low!, 2 - 4.302653 / Math.sqrt(3), 1e-6);
  assertAlmostEquals(high!, 2 + 4.302653 / Math.sqrt(3), 1e-6);
  assertAlmostEquals(p!, 1 - Math.sqrt(12) / Math.sqrt(14), 1e-12); // t = √12; closed form for two degrees of freedom
  assertEquals(excludesZero(paired([1, 2, 3])), false);
  assertEquals(excludesZero(paired([1.9, 2, 2.1])), true);
});

Deno.test("a single seed has a difference, but no interval and no p value", () => {
  assertEquals(paired([2]), { mean: 2, low: null, high: null, p: null, n: 1 });
  assertEquals(excludesZero(paired([2])), false);
});

Deno.test("equal differences have no spread: p is 0, and 1 where all are zero", () => {
  assertEquals(paired([2, 2]), { mean: 2, low: 2, high: 2, p: 0, n: 2 });
  assertEquals(paired([0, 0]).p, 1);
  assertEquals(excludesZero(paired([0, 0])), false);
});

Deno.test("a difference that is clear alone does not remain among many", () => {
  const clear = paired([1.75, 2, 2.25]); // p 0.0051
  const dull = paired([-1, 0, 1]);
  assertEquals(adjusted([clear]).map(remains), [true]);
  assertEquals(adjusted([dull, clear, dull]).map(remains), [false, true, false]);
  assertEquals(adjusted([clear, ...Array.from({ length: 10 }, () => dull), paired([2])]).some(remains), false);
});
