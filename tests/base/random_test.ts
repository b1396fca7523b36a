import { assert, assertAlmostEquals, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { openFloat32, philox, random } from "../../src/base/random.ts";

const draw = (n: number, ...path: (string | number)[]) => {
  const stream = random(7, ...path);
  return Array.from({ length: n }, () => stream.bits());
};
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

Deno.test("philox() gives the published words for counter 0 and key 0", () => {
  const out = new Uint32Array(4);
  philox(out, 0, 0, 0);
  assertEquals([...out].map((word) => word.toString(16)), ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
});

Deno.test("random() gives the same numbers for the same key, whatever was drawn elsewhere", () => {
  const first = draw(9, "noise", 3);
  random(7, "noise", 3).normals(100);
  assertEquals(draw(9, "noise", 3), first);
});

Deno.test("random() gives the same numbers on every machine: a golden value, which no change may alter", () => {
  assertEquals(draw(3, "noise", 3), [2925260517, 2390861955, 3673280352]);
});

Deno.test("random() tells seeds, names, steps and the types of steps apart", () => {
  const streams = [
    random(1, "a", 1),
    random(2, "a", 1),
    random(1, "b", 1),
    random(1, "a", 2),
    random(1, "a", "1"),
    random(1, "a"),
    random(1, "a", 1, 0),
  ];
  assertEquals(new Set(streams.map((stream) => stream.bits())).size, streams.length);
});

Deno.test("random() opens streams that are unrelated: no two of 20,000 begin alike, neighbours do not correlate", () => {
  const first = Array.from({ length: 20_000 }, (_, step) => random(1, "noise", step));
  const starts = first.map((stream) => `${stream.bits()} ${stream.bits()}`);
  assertEquals(new Set(starts).size, starts.length);
  const [a, b] = [random(1, "noise", 1).normals(20_000), random(1, "noise", 2).normals(20_000)];
  const correlation = mean(a.map((value, i) => value * b[i]!));
  assertLess(Math.abs(correlation), 4 / Math.sqrt(20_000)); // four standard errors
  const across = first.map((stream) => stream.normal());
  const next = mean(across.slice(1).map((value, i) => value * across[i]!));
  assertLess(Math.abs(next), 4 / Math.sqrt(20_000));
});

Deno.test("uniforms() fill (0, 1) evenly and normals() have the moments of a standard normal", () => {
  const uniforms = random(3, "u").uniforms(100_000);
  assert(uniforms.every((value) => value > 0 && value < 1));
  const bins = new Array(10).fill(0);
  for (const value of uniforms) bins[Math.floor(value * 10)]++;
  const chiSquare = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  assertLess(chiSquare, 27.9); // p = 0.001 with 9 degrees of freedom
  const normals = random(3, "n").normals(100_000);
  const moment = (power: number) => mean(normals.map((value) => value ** power));
  assertAlmostEquals(moment(1), 0, 0.013);
  assertAlmostEquals(moment(2), 1, 0.018);
  assertAlmostEquals(moment(3), 0, 0.05);
  assertAlmostEquals(moment(4), 3, 0.15);
});

Deno.test("normals() gives what normal() gives one by one, and leaves the stream where that leaves it", () => {
  for (const [before, n] of [[0, 6], [0, 7], [1, 6], [1, 7], [1, 1], [1, 0], [0, 0]] as const) {
    const [one, all] = [random(3, "weights"), random(3, "weights")];
    for (let i = 0; i < before; i++) assertEquals(all.normal(), one.normal());
    assertEquals(all.normals(n, 0.5, 0.02), Float32Array.from({ length: n }, () => 0.5 + 0.02 * one.normal()));
    assertEquals([all.normal(), all.bits()], [one.normal(), one.bits()]);
  }
});

Deno.test("philox() gives the same words for counters and keys at the edges of what they can hold", () => {
  const out = new Uint32Array(4);
  philox(out, 2 ** 53 - 1, 0xffffffff, 0x80000000);
  assertEquals([...out], [1014168406, 2144213195, 1653254588, 1212662894]);
});

Deno.test("openFloat32() stays inside (0, 1) after rounding to float32 at both ends", () => {
  assertLess(Math.fround(openFloat32(0xffffffff)), 1);
  assertLess(0, Math.fround(openFloat32(0)));
});

Deno.test("integer() and choice() reach every value and no other", () => {
  const stream = random(5, "i");
  const seen = new Set(Array.from({ length: 500 }, () => stream.integer(6)));
  assertEquals([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  const chosen = new Set(Array.from({ length: 100 }, () => stream.choice(["a", "b"])));
  assertEquals([...chosen].sort(), ["a", "b"]);
});

Deno.test("shuffle() gives a permutation, leaves its argument alone and favours no place", () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = random(5, "s").shuffle(items);
  assertNotEquals(shuffled, items);
  assertEquals(items, Array.from({ length: 50 }, (_, i) => i));
  assertEquals([...shuffled].sort((a, b) => a - b), items);
  const places = Array.from({ length: 3000 }, (_, i) => random(5, "s", i).shuffle([0, 1, 2]).indexOf(0));
  for (const place of [0, 1, 2]) assertAlmostEquals(places.filter((p) => p === place).length, 1000, 110);
});
