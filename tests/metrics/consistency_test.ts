import { assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { consistency } from "../../src/metrics/consistency.ts";

const [stories, rows, width] = [6, 3, 5];
const values = random(1, "features").normals(stories * rows * width, 0.5);

Deno.test("consistency() is the difference of the means over all pairs", () => {
  const row = (i: number) => values.subarray(i * width, (i + 1) * width);
  const cosine = (a: Float32Array, b: Float32Array) => {
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const [within, between]: [number[], number[]] = [[], []];
  for (let i = 0; i < stories * rows; i++) {
    for (let j = 0; j < i; j++) {
      const same = Math.floor(i / rows) === Math.floor(j / rows);
      (same ? within : between).push(100 * cosine(row(i), row(j)));
    }
  }
  const mean = (list: ArrayLike<number>) => Array.from(list).reduce((a, b) => a + b, 0) / list.length;
  const found = consistency({ values, width, rows })!;
  assertAlmostEquals(found.within, mean(within), 1e-5);
  assertAlmostEquals(found.between, mean(between), 1e-5);
  assertAlmostEquals(found.value, mean(within) - mean(between), 1e-5);
  assertAlmostEquals(mean(found.perStory), found.value, 1e-9);
});

Deno.test("consistency() distinguishes one picture per story from one picture for all", () => {
  const copied = Float32Array.from({ length: values.length }, (_, i) => {
    const [story, d] = [Math.floor(i / (rows * width)), i % width];
    return values[story * rows * width + d]!;
  });
  assertAlmostEquals(consistency({ values: copied, width, rows })!.within, 100, 1e-4);
  const constant = Float32Array.from({ length: values.length }, (_, i) => values[i % width]!);
  assertAlmostEquals(consistency({ values: constant, width, rows })!.value, 0, 1e-4);
  assertEquals(consistency({ values, width, rows: 1 }), undefined);
  assertEquals(consistency({ values: values.subarray(0, rows * width), width, rows }), undefined);
});
