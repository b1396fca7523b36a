import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { type Pairs, rPrecision } from "../../src/metrics/r_precision.ts";

const N = 300;
const D = 16;
const codes = (name: string) => random(3, name).normals(N * D);
const texts = Array.from({ length: N }, (_, i) => `caption ${i}`);
const stories = Array.from({ length: N }, (_, i) => `story ${Math.floor(i / 5)}`);
const pictures = codes("pictures");

Deno.test("rPrecision() is 1 for codes that agree, whatever their length, and chance level for unrelated ones", () => {
  const longer = pictures.map((value) => 3 * value);
  const agree = rPrecision({ pictures, captions: longer, texts, stories }, { seed: 1 });
  assertEquals(agree, { mean: 1, deviation: 0, among: 100 });
  const strangers = rPrecision({ pictures, captions: codes("captions"), texts, stories }, { seed: 1 });
  assertLess(Math.abs(strangers.mean - 0.01), 0.01);
});

Deno.test("rPrecision() is the share that a loop over its definition finds", () => {
  const noise = codes("noise");
  const captions = pictures.map((value, i) => value + 1.5 * noise[i]!);
  const pairs: Pairs = { pictures, captions, texts, stories };
  const found = rPrecision(pairs, { seed: 1 });
  assertGreater(found.mean, 0.3);
  assertLess(found.mean, 0.9);
  assertEquals(rPrecision(pairs, { seed: 1 }), found);
  // A picture that meets k of N − 5 others at random finds its own if all of those that beat it are missed.
  const unit = (values: Float32Array) =>
    Array.from({ length: N }, (_, i) => {
      const row = values.subarray(i * D, (i + 1) * D);
      const norm = Math.hypot(...row);
      return row.map((value) => value / norm);
    });
  const [ofPictures, ofCaptions] = [unit(pictures), unit(captions)];
  const cosine = (i: number, j: number) =>
    ofPictures[i]!.reduce((sum, value, d) => sum + value * ofCaptions[j]![d]!, 0);
  let expected = 0;
  for (let i = 0; i < N; i++) {
    let better = 0;
    for (let j = 0; j < N; j++) if (stories[i] !== stories[j] && cosine(i, j) >= cosine(i, i)) better++;
    let missed = 1;
    for (let k = 0; k < 99; k++) missed *= Math.max(0, (N - 5 - better - k) / (N - 5 - k));
    expected += missed / N;
  }
  assertAlmostEquals(found.mean, expected, 4 * found.deviation / Math.sqrt(10) + 0.005);
});

Deno.test("rPrecision() never samples the same text or the same story as a wrong caption", () => {
  const one = new Float32Array(N * D).map((_, i) => (i % D === 0 ? 1 : 0)); // all codes agree with all
  const half = texts.map((_, i) => (i % 2 ? "twin" : `caption ${i}`));
  const ties = rPrecision({ pictures: one, captions: one, texts: half, stories }, { seed: 1 });
  assertEquals(ties.mean, 0); // a tie is not a find
  const alone = rPrecision({ pictures: one, captions: one, texts: texts.map(() => "twin"), stories }, { seed: 1 });
  assertEquals(alone, { mean: 1, deviation: 0, among: 1 });
  const storyless = rPrecision({ pictures: one, captions: one, texts, stories: texts.map(() => "s") }, { seed: 1 });
  assertEquals(storyless.among, 1);
});
