import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { random } from "../../src/base/random.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { influenceInterval } from "../../src/metrics/bootstrap.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { frechetInfluence } from "../../src/metrics/frechet_influence.ts";
import { kidInfluence } from "../../src/metrics/kid.ts";
import { frechetMeasurement, infinityMeasurement, kidMeasurement } from "../../src/evaluation/feature_metrics.ts";

await useEngine("cpu");

const features = (name: string) => ({ values: random(1, name).normals(12 * 2 * 4), width: 4, rows: 2 });
const [real, generated] = [features("real"), features("drawn")];
const protocol = { split: "test", remarks: [], stories: 12, frames: 2, paired: true, seed: 1, bootstrap: 100 };

Deno.test("distances are named by the network and its kind, and their interval contains them", () => {
  const named = (name: string, of: "frames" | "stories") =>
    frechetMeasurement({ network: { name, of }, real, generated }, protocol);
  assertEquals(named("inception-nsfwjs", "frames").name, "fid[inception-nsfwjs].test");
  assertEquals(named("r2plus1d-18.published", "stories").name, "fsd[r2plus1d-18.published].test");
  const { name, value, interval, stories, frames } = named("damsm-tower:1a2b3c4d", "frames");
  assertEquals([name, stories, frames], ["frechet[damsm-tower:1a2b3c4d].test", 12, 24]);
  assertAlmostEquals(value, frechet(real, generated), 1e-9);
  assert(interval!.low < value && value < interval!.high);
});

Deno.test("KID is given in thousandths, with the standard error of the stories", () => {
  const pair = { network: { name: "inception-nsfwjs", of: "frames" as const }, real, generated };
  const { name, value, interval, standardError } = kidMeasurement(pair, protocol);
  assertEquals(name, "kid[inception-nsfwjs].test");
  assertAlmostEquals(value, 1000 * kidInfluence(real, generated).value, 1e-9);
  assertAlmostEquals((interval!.high - interval!.low) / (2 * 1.96 * standardError!), 1, 0.35);
  const bare = kidMeasurement(pair, { ...protocol, bootstrap: 0 });
  assertEquals([bare.interval, bare.standardError], [undefined, standardError]);
});

const frames = { name: "inception-nsfwjs", of: "frames" as const };
/** The first stories of a set. */
const some = ({ values, width, rows }: typeof real, stories: number) => (
  { values: values.subarray(0, stories * rows * width), width, rows }
);

Deno.test("a number of too few vectors or of one story says so, and one story has no interval", () => {
  assertEquals(frechetMeasurement({ network: frames, real, generated }, protocol).note, undefined);
  const two = frechetMeasurement({ network: frames, real: some(real, 2), generated }, protocol);
  assertEquals(two.note, "4 vectors in 4 dimensions: mostly bias, comparable only with numbers of as many vectors");
  const pair = { network: frames, real: some(real, 1), generated: some(generated, 1) };
  for (const measure of [frechetMeasurement, kidMeasurement]) {
    const { interval, standardError, note } = measure(pair, { ...protocol, stories: 1 });
    assertEquals([interval, standardError], [undefined, undefined]);
    assertStringIncludes(note!, "of one story, so without an interval");
    const against = measure({ network: frames, real: some(real, 1), generated }, { ...protocol, paired: false });
    assertEquals([against.interval, against.standardError], [undefined, undefined]);
    assertStringIncludes(against.note!, "of one real story");
  }
});

Deno.test("limits of a distance are never below 0, however much one story changes it", () => {
  // The last generated story is far from all others, and most resamples lack it.
  const far = { ...generated, values: generated.values.map((x, i) => i < 11 * 2 * 4 ? x : x + 30) };
  const { value, interval } = frechetMeasurement({ network: frames, real, generated: far }, protocol);
  assert(0 < interval!.low && interval!.low < value && value < interval!.high);
  const linear = influenceInterval(frechetInfluence(real, far), true, { seed: 1, resamples: 100 })!;
  assert(linear.low < 0, `${linear.low}`);
  assertAlmostEquals(interval!.low, value * Math.exp((linear.low - value) / value), 1e-9);
});

Deno.test("fid-inf is near the distance of infinitely many stories, where that of the few is too large", () => {
  const stories = (name: string, scale: number) => (
    { values: random(1, "infinity", name).normals(60 * 2 * 8).map((x) => scale * x), width: 8, rows: 2 }
  );
  const pair = { network: frames, real: stories("real", 1), generated: stories("drawn", 2) };
  const [found, biased] = [infinityMeasurement(pair, protocol), frechetMeasurement(pair, protocol)];
  assertEquals(found.name, "fid-inf[inception-nsfwjs].test");
  assertEquals([found.interval, found.note], [undefined, undefined]);
  assert(Math.abs(found.value - 8) < Math.abs(biased.value - 8), `${found.value}, ${biased.value}; 8 (2 − 1)²`);
  assertEquals(infinityMeasurement(pair, protocol).value, found.value);
  const three = { network: frames, real: some(real, 3), generated };
  assertThrows(
    () => infinityMeasurement(three, protocol),
    UserError,
    "need 4 stories to draw subsets from, and there are 3",
  );
});
