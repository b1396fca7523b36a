import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { random } from "../../../src/base/random.ts";
import { bandColours, bands, colourMatch, colourWithin, scaledBand } from "../../../src/metrics/frames/colour.ts";

const [S, T] = [6, 4];

/** Colours [S·T·3] in bytes: a colour of each story, and noise of each frame. */
function sampled(seed: number, share: number): Float64Array {
  const stream = random(seed, "colour-test");
  const ofStory = stream.normals(S * 3);
  return Float64Array.from({ length: S * T * 3 }, (_, i) => {
    const story = Math.floor(i / (T * 3));
    return 128 + 40 * (share * ofStory[story * 3 + i % 3]! + (1 - share) * stream.normal());
  });
}

/** ICC(1) of each channel by variance components of all pairs of frames, instead of sums of squares about means. */
function byPairs(colours: Float64Array): number {
  const frames = Array.from({ length: S * T }, (_, n) => n);
  const channels = [0, 1, 2].map((c) => {
    const half = (pairs: number[][]) =>
      pairs.reduce((sum, [a, b]) => sum + (colours[a! * 3 + c]! - colours[b! * 3 + c]!) ** 2 / 2, 0) / pairs.length;
    const pairs = frames.flatMap((a) => frames.filter((b) => b > a).map((b) => [a, b]));
    const same = ([a, b]: number[]) => Math.floor(a! / T) === Math.floor(b! / T);
    const within = half(pairs.filter(same)); // estimates σ²(frame)
    const between = half(pairs.filter((pair) => !same(pair))); // estimates σ²(story) + σ²(frame)
    return (between - within) / between;
  });
  return (channels[0]! + channels[1]! + channels[2]!) / 3;
}

Deno.test("colourWithin() is the intraclass correlation, as by variance components of pairs of frames", () => {
  for (const share of [0.1, 0.5, 0.9]) {
    const colours = sampled(1, share);
    assertAlmostEquals(colourWithin(colours, T), byPairs(colours), 1e-9);
  }
  assert(colourWithin(sampled(1, 0.9), T) > 0.9 && Math.abs(colourWithin(sampled(1, 0.1), T)) < 0.35);
});

Deno.test("colourWithin() depends on neither brightness nor contrast, and resamples by story", () => {
  const colours = sampled(2, 0.6);
  assertAlmostEquals(colourWithin(colours.map((x) => 0.2 * x + 30), T), colourWithin(colours, T), 1e-9);
  const chosen = [5, 0, 0, 2];
  const copied = Float64Array.from(chosen.flatMap((s) => [...colours.subarray(s * T * 3, (s + 1) * T * 3)]));
  assertAlmostEquals(colourWithin(colours, T, chosen), colourWithin(copied, T), 1e-12);
});

Deno.test("colourWithin() is undefined for one story, one frame and constant colours", () => {
  const colours = sampled(3, 0.6);
  assertEquals(colourWithin(colours.subarray(0, T * 3), T), NaN);
  assertEquals(colourWithin(colours, 1), NaN);
  assertEquals(colourWithin(colours.map(() => 0.1 + 0.2), T), NaN); // not a number that sums without rounding
  assertEquals(colourWithin(colours.map((x, i) => i % 3 === 1 ? 0.3 : x), T), NaN);
});

/** Pearson correlation from raw moments. */
function pearson(a: number[], b: number[]): number {
  const n = a.length;
  const sum = (values: number[]) => values.reduce((x, y) => x + y, 0);
  const dot = (x: number[], y: number[]) => sum(x.map((value, i) => value * y[i]!));
  const [sa, sb] = [sum(a), sum(b)];
  return (n * dot(a, b) - sa * sb) / Math.sqrt((n * dot(a, a) - sa * sa) * (n * dot(b, b) - sb * sb));
}
const channel = (colours: Float64Array, c: number) => [...colours].filter((_, i) => i % 3 === c);

Deno.test("colourMatch() is the mean Pearson correlation of the channels", () => {
  const real = sampled(4, 0.6);
  const generated = real.map((x, i) => 0.5 * x + sampled(5, 0.3)[i]!);
  const expected = [0, 1, 2].map((c) => pearson(channel(generated, c), channel(real, c)));
  assertAlmostEquals(colourMatch({ generated, real }, T), (expected[0]! + expected[1]! + expected[2]!) / 3, 1e-9);
  assertAlmostEquals(colourMatch({ generated: real.map((x) => 3 * x - 7), real }, T), 1, 1e-12);

  // Against other stories, which are the real ones in another order.
  const others = [1, 2, 3, 4, 5, 0];
  const moved = Float64Array.from(others.flatMap((s) => [...real.subarray(s * T * 3, (s + 1) * T * 3)]));
  const direct = colourMatch({ generated, real: moved }, T);
  assertAlmostEquals(colourMatch({ generated, real }, T, { others }), direct, 1e-12);
  assert(direct < colourMatch({ generated, real }, T));
});

Deno.test("colourMatch() of a constant channel is 0 where it is generated, and undefined where it is real", () => {
  const real = sampled(6, 0.6);
  const flat = (colours: Float64Array, c: number) => colours.map((x, i) => i % 3 === c ? 0.7 : x);
  assertAlmostEquals(colourMatch({ generated: flat(real, 2), real }, T), 2 / 3, 1e-12);
  assertEquals(colourMatch({ generated: real.map(() => 0.3), real }, T), 0);
  assertEquals(colourMatch({ generated: real, real: flat(real, 0) }, T), NaN);
});

Deno.test("bandColours() are means of the band's rows alone, and bands scale with the height", () => {
  const size = { height: 4, width: 2 };
  // Two pictures whose rows have one colour each: row y of picture n has 10·y + n, + 1 in green and + 2 in blue.
  const pictures = Uint8Array.from(
    { length: 2 * 4 * 2 * 3 },
    (_, i) => 10 * (Math.floor(i / 6) % 4) + Math.floor(i / 24) + i % 3,
  );
  assertEquals([...bandColours(pictures, size, { name: "", first: 1, last: 2 })], [15, 16, 17, 16, 17, 18]);
  assertEquals([...bandColours(pictures, size, { name: "", first: 3, last: 3 })], [30, 31, 32, 31, 32, 33]);
  assertEquals(bands.map((band) => scaledBand(band, 64)), bands);
  assertEquals(bands.map((band) => scaledBand(band, 128)), [
    { name: "sky", first: 0, last: 19 },
    { name: "ground", first: 104, last: 127 },
  ]);
  for (const H of [1, 2, 5, 17]) {
    for (const band of bands) {
      const { first, last } = scaledBand(band, H);
      assert(0 <= first && first <= last && last < H, `${H}: ${first} to ${last}`);
    }
  }
});
