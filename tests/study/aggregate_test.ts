import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { aggregate, pairedDifference, type Value } from "../../src/study/aggregate.ts";

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
  assert(low >= 1.8 - 1e-9 && low < mean && high > mean && high <= 2 + 1e-9, `${low} ${high}`);
  assertEquals(pairedDifference(a!, aggregate([value("c", 7, 1)])[0]!), undefined);
});
