import { assertEquals } from "@std/assert";
import { type Draw, drawAll, drawOne } from "../../src/base/normals.ts";
import { random } from "../../src/base/random.ts";

/** Draws of different sizes; with `scale` 1 together enough for workers to be started. */
const draws = (scale: number): Draw[] =>
  [300_000, 5, 900_000, 0, 1, 600_000, 400_000].map((n, i) => ({
    seed: 3,
    path: ["init", `layer${i}`],
    n: Math.ceil(n * scale),
    mean: i,
    std: 0.02,
  }));

for (const scale of [0.001, 1]) {
  Deno.test(`drawAll() draws the numbers of each stream, ${scale < 1 ? "in one thread" : "with workers"}`, () => {
    const list = draws(scale);
    const seen: number[] = [];
    const all = drawAll(list, (values, i) => {
      seen.push(i);
      return values;
    });
    assertEquals(seen.sort(), list.map((_, i) => i));
    for (const [i, draw] of list.entries()) {
      const one = drawOne(draw);
      assertEquals(all[i]!.length, draw.n);
      assertEquals(all[i]!.findIndex((value, j) => value !== one[j]), -1, `draw ${i}`);
    }
    const stream = random(3, "init", "layer1");
    assertEquals(all[1], Float32Array.from({ length: list[1]!.n }, () => 1 + 0.02 * stream.normal()));
  });
}

Deno.test("drawAll() of nothing is nothing", () => assertEquals(drawAll([], () => 1), []));
