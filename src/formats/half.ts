/** IEEE half precision (binary16): 1 sign, 5 exponent and 10 fraction bits, as raw bits in a 16-bit integer. */

/**
 * Decodes a half-precision number, exactly.
 *
 * @param bits 0 to 65535
 */
export function decodeHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const single = new Float32Array(1);
const bitsOfSingle = new Uint32Array(single.buffer);

/**
 * Rounds a float32 to the nearest half-precision number, and to the one with an even fraction on a tie, as numpy does.
 * From 65520 on the result is infinite; up to 2⁻²⁵ it is 0; every NaN becomes the same quiet one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeHalf, encodeHalf } from "./half.ts";
 *
 * assertEquals(encodeHalf(1), 0x3c00);
 * assertEquals(decodeHalf(encodeHalf(0.1)), 0.0999755859375);
 * ```
 *
 * @returns the raw bits, 0 to 65535
 */
export function encodeHalf(value: number): number {
  single[0] = value;
  const bits = bitsOfSingle[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00; // NaN
  if (rest >= 0x47800000) return sign | 0x7c00; // 2¹⁶ and above, infinity too
  if (rest >= 0x38800000) { // 2⁻¹⁴ and above: a normal number, whose fraction loses 13 bits
    // A carry out of the fraction raises the exponent, up to that of infinity.
    return sign | roundedShift(rest - ((127 - 15) << 23), 13);
  }
  if (rest < 0x33000000) return sign; // below 2⁻²⁵
  // A subnormal number counts units of 2⁻²⁴: the fraction with its leading 1, shifted by what the exponent lacks.
  const exponent = rest >>> 23;
  return sign | roundedShift((rest & 0x7fffff) | 0x800000, 126 - exponent);
}

/** value / 2^shift, rounded to the nearest integer and on a tie to the even one; shift is 1 to 31. */
function roundedShift(value: number, shift: number): number {
  const below = value >>> shift;
  const lost = value - below * 2 ** shift;
  const half = 2 ** (shift - 1);
  return lost > half || (lost === half && below % 2 === 1) ? below + 1 : below;
}
