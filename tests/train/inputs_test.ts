import { assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { dropoutValues } from "../../src/data/batches/noise.ts";
import { sampleNoise } from "../../src/train/inputs.ts";
import { startEngine } from "./tiny.ts";

await startEngine();

const spec = {
  z: { shape: [4, 3], kind: "normal" as const },
  choice: { shape: [2000], kind: "logistic" as const },
};

Deno.test("sampleNoise() depends on seed, path, name and index alone", async () => {
  const z = async (names: string[], seed: number, path: string, index: number) => {
    const wanted = Object.fromEntries(names.map((name) => [name, spec[name as keyof typeof spec]]));
    return [...await sampleNoise(wanted, seed, path, index).z!.data()];
  };
  const first = await z(["z"], 1, "noise", 7);
  assertEquals(await z(["choice", "z"], 1, "noise", 7), first);
  for (const other of [await z(["z"], 2, "noise", 7), await z(["z"], 1, "sample", 7), await z(["z"], 1, "noise", 8)]) {
    assertNotEquals(other, first);
  }
});

Deno.test("sampleNoise() gives the shapes asked for", () => {
  const noise = sampleNoise(spec, 1, "noise", 1);
  assertEquals([noise.z!.shape, noise.choice!.shape], [[4, 3], [2000]]);
});

Deno.test("sampleNoise() samples a logistic variable: mean 0, variance π²/3, three quarters below ln 3", async () => {
  const values = [...await sampleNoise(spec, 1, "noise", 1).choice!.data()];
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
  const below = values.filter((x) => x < Math.log(3)).length / values.length;
  assertAlmostEquals(mean, 0, 0.15);
  assertAlmostEquals(variance, Math.PI ** 2 / 3, 0.35);
  assertAlmostEquals(below, 0.75, 0.04);
});

Deno.test("dropoutValues() keeps the mean at 1 and repeats itself for a step", () => {
  const mask = [...dropoutValues([50, 40], 0.25, 1, 3)];
  assertEquals([...new Set(mask)].sort(), [0, Math.fround(1 / 0.75)]);
  assertAlmostEquals(mask.reduce((a, b) => a + b) / mask.length, 1, 0.05);
  assertEquals([...dropoutValues([50, 40], 0.25, 1, 3)], mask);
  assertNotEquals([...dropoutValues([50, 40], 0.25, 1, 4)], mask);
  assertEquals(new Set(dropoutValues([50, 40], 0, 1, 3)), new Set([1]));
});
