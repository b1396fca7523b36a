import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { kidInfluence } from "../../src/metrics/kid.ts";
import { frechetMeasurement, kidMeasurement } from "../../src/evaluation/feature_metrics.ts";

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
