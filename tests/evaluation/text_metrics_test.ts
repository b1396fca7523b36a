import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../src/base/random.ts";
import {
  cosineMeasurement,
  derangement,
  type FramesAndTexts,
  rPrecisionMeasurement,
} from "../../src/evaluation/text_metrics.ts";

const [stories, T, D] = [30, 2, 8];
const protocol = { split: "test", remarks: ["first 30"], stories, frames: T, paired: true, seed: 1, bootstrap: 200 };
const codes = random(1, "codes").normals(stories * T * D);
const noise = random(1, "noise").normals(stories * T * D);
const features = (values: Float32Array) => ({ values, width: D, rows: T });
const inputs: FramesAndTexts = {
  real: features(codes.map((value) => 3 * value)), // agrees with the texts, whatever its length
  generated: features(codes.map((value, i) => value + 0.5 * noise[i]!)),
  codes,
  texts: Array.from({ length: stories * T }, (_, i) => `text ${i}`),
  ids: Array.from({ length: stories }, (_, i) => `test-${i}`),
};

Deno.test("cosineMeasurement() is the mean cosine × 100, with the references of real frames and of texts of other stories", () => {
  const { name, value, interval, real, shuffled, frames } = cosineMeasurement(inputs, protocol, "damsm:1a2b3c4d");
  assertEquals([name, frames], ["cosine[damsm:1a2b3c4d, first 30].test", 60]);
  const unit = (row: Float32Array) => row.map((x) => x / Math.hypot(...row));
  let sum = 0;
  for (let i = 0; i < stories * T; i++) {
    const [a, b] = [inputs.generated.values, codes].map((values) => unit(values.subarray(i * D, (i + 1) * D)));
    sum += a!.reduce((dot, x, d) => dot + x * b![d]!, 0);
  }
  assertAlmostEquals(value, 100 * sum / (stories * T), 1e-4);
  assertAlmostEquals(real!, 100, 1e-4);
  assert(Math.abs(shuffled!) < 20 && value > 80);
  assert(interval!.low < value && value < interval!.high && interval!.high - interval!.low < 10);
});

Deno.test("rPrecisionMeasurement() is the percentage of frames that retrieve their own text", () => {
  const found = rPrecisionMeasurement(inputs, { ...protocol, bootstrap: 0 }, "damsm:1a2b3c4d", "sentence");
  assertEquals(found.name, "r-precision[damsm:1a2b3c4d, sentence, 1 of 59, first 30].test");
  assertEquals([found.real, found.interval], [100, undefined]);
  assert(found.value > 70 && found.value < 100, `${found.value}`);
});

Deno.test("derangement() maps every story to another one", () => {
  const other = derangement(7, 1)!;
  assertEquals(other.toSorted(), [0, 1, 2, 3, 4, 5, 6]);
  assert(other.every((story, i) => story !== i));
  assertEquals(derangement(7, 1), other);
  assertEquals(derangement(1, 1), undefined);
});
