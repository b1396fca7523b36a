import { assertEquals } from "@std/assert";
import { sha256 } from "../../src/base/files.ts";
import { decodeHalf, encodeHalf } from "../../src/formats/half.ts";

/** What make_half_fixture.py wrote: bits of float32, of the float16 that numpy makes of them, and a digest. */
const numpy: { single: number[]; half: number[]; all: string } = JSON.parse(
  Deno.readTextFileSync(new URL("half.json", import.meta.url)),
);
const hex = (bits: number) => bits.toString(16).padStart(8, "0");
const isNaNHalf = (bits: number) => (bits & 0x7fff) > 0x7c00;

Deno.test("encodeHalf() rounds as numpy does: ties to even, subnormals, zeros with sign, infinities, NaN", () => {
  const bits = new Uint32Array(1);
  const single = new Float32Array(bits.buffer);
  const wrong = numpy.single.flatMap((from, i) => {
    bits[0] = from;
    const [found, wanted] = [encodeHalf(single[0]!), numpy.half[i]!];
    if (found === wanted || (isNaNHalf(found) && isNaNHalf(wanted))) return [];
    return [`${hex(from)}: ${hex(found)}, numpy ${hex(wanted)}`];
  });
  assertEquals(wrong, []);
  const halves = new Set(numpy.half);
  // The fixture has both zeros, the smallest and the largest subnormal, the largest number and both infinities.
  for (const special of [0, 0x8000, 1, 0x3ff, 0x7bff, 0x7c00, 0xfc00]) assertEquals(halves.has(special), true);
});

Deno.test("decodeHalf() widens every half as numpy does, and encodeHalf() returns its bits", () => {
  const all = Array.from({ length: 1 << 16 }, (_, bits) => bits);
  const values = Float32Array.from(all, decodeHalf);
  assertEquals(sha256(new Uint8Array(values.filter((x) => !Number.isNaN(x)).buffer)), numpy.all);
  assertEquals(all.filter((bits) => encodeHalf(values[bits]!) !== bits && !isNaNHalf(bits)), []);
  assertEquals(all.filter((bits) => Number.isNaN(values[bits]!) !== isNaNHalf(bits)), []);
});
