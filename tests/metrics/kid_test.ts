import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { random } from "../../src/base/random.ts";
import { tf, useEngine } from "../../src/engine/mod.ts";
import { kid } from "../../src/metrics/kid.ts";

await useEngine("auto");
const D = 6;
const features = (name: string, n: number, mean = 0) => ({
  values: random(1, name).normals(n * D, mean),
  width: D,
  rows: 1,
});

Deno.test("kid() is the double sum of its definition, whatever the order of rows", async () => {
  const [real, drawn] = [features("real", 9), features("drawn", 9, 0.5)];
  const row = ({ values }: typeof real, i: number) => values.subarray(i * D, (i + 1) * D);
  const kernel = (a: Float32Array, b: Float32Array) => (a.reduce((sum, x, d) => sum + x * b[d]!, 0) / D + 1) ** 3;
  let expected = 0;
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 9; j++) {
      if (i !== j) expected += (kernel(row(real, i), row(real, j)) + kernel(row(drawn, i), row(drawn, j))) / (9 * 8);
      expected -= 2 * kernel(row(real, i), row(drawn, j)) / 81;
    }
  }
  const before = tf.memory().numTensors;
  const { value, standardError, subsetSize } = await kid(real, drawn, { seed: 1, subsets: 3 });
  assertAlmostEquals(value, expected, 1e-5);
  assertLess(standardError, 1e-5); // each subset is all there is
  assertEquals([subsetSize, tf.memory().numTensors], [9, before]);
});

Deno.test("kid() is about 0 between equal distributions, and grows with the distance", async () => {
  const settings = { seed: 1, subsets: 20, subsetSize: 200 };
  const [a, b] = [features("a", 400), features("b", 400)];
  const near = await kid(a, b, settings);
  assertLess(Math.abs(near.value), 0.05);
  const far = await kid(a, features("c", 400, 1), settings);
  assert(far.value > 1 && far.standardError > 0);
  assertEquals(await kid(a, b, settings), near);
  await assertRejects(() => kid(a, features("d", 1), settings), UserError, "there are 400 and 1");
});
