import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { random } from "../../src/base/random.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { kidInfluence } from "../../src/metrics/kid.ts";

await useEngine("cpu");

const width = 3;
const cloud = (name: string, n: number, shift = 0) => ({
  values: random(1, "kid", name).normals(n * width).map((x) => x + shift),
  width,
  rows: 1,
});

Deno.test("kidInfluence() is the double sum over all pairs", () => {
  const [a, b] = [cloud("a", 7), cloud("b", 5, 1)];
  const row = ({ values }: { values: Float32Array }, i: number) => [...values.subarray(i * width, (i + 1) * width)];
  const kernel = (x: number[], y: number[]) => (x.reduce((sum, value, d) => sum + value * y[d]!, 0) / width + 1) ** 3;
  let wanted = 0;
  for (let i = 0; i < 7; i++) for (let j = 0; j < 7; j++) if (i !== j) wanted += kernel(row(a, i), row(a, j)) / 42;
  for (let i = 0; i < 5; i++) for (let j = 0; j < 5; j++) if (i !== j) wanted += kernel(row(b, i), row(b, j)) / 20;
  for (let i = 0; i < 7; i++) for (let j = 0; j < 5; j++) wanted -= (2 * kernel(row(a, i), row(b, j))) / 35;
  assertAlmostEquals(kidInfluence(a, b).value, wanted, 1e-9);
});

Deno.test("kidInfluence() has no bias: its mean is 0 between sets of one distribution, and it is negative as often as positive", () => {
  const values = Array.from({ length: 60 }, (_, i) => kidInfluence(cloud(`x${i}`, 20), cloud(`y${i}`, 20)).value);
  const mean = values.reduce((a, b) => a + b) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  assertAlmostEquals(mean / (deviation / Math.sqrt(values.length)), 0, 3);
  assert(values.some((value) => value < 0));
});

Deno.test("kidInfluence() refuses a set of one vector", () => {
  assertThrows(() => kidInfluence(cloud("a", 1), cloud("b", 4)), UserError, "at least two real vectors");
});
