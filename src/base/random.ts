/**
 * Counter-based random streams.
 *
 * Every stream has a name: `random(seed, "noise", step)`. Its numbers depend on that name alone, never on what was
 * drawn before, so a run resumes without saved generator state, and streams do not influence each other. Numbers come
 * from Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
 */

/** One named stream; every method advances it. */
export interface Random {
  /** The next 32 random bits, as an unsigned integer. */
  bits(): number;
  /** A float in the open interval (0, 1), on a grid of 2⁻³² so that its logarithm is always finite. */
  uniform(): number;
  /** A standard normal (Box-Muller). */
  normal(): number;
  /** An integer in [0, n). */
  integer(n: number): number;
  /** One element of a list that is not empty. */
  choice<T>(items: readonly T[]): T;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `n` normals, standard ones by default: the same numbers as `mean + std * normal()`, several times faster. */
  normals(n: number, mean?: number, std?: number): Float32Array<ArrayBuffer>;
  /** `n` floats in (0, 1). */
  uniforms(n: number): Float32Array<ArrayBuffer>;
}

/**
 * Opens the stream named by `seed` and `path`.
 *
 * @example
 * ```ts
 * import { random } from "./random.ts";
 * const noise = random(7, "noise", 120).normals(3); // always the same three numbers
 * const again = random(7, "noise", 120).normals(3);
 * if (noise.join() !== again.join()) throw new Error("a stream is determined by its name");
 * const order = random(7, "order", 1).shuffle([0, 1, 2, 3]);
 * if (order.toSorted().join() !== "0,1,2,3") throw new Error("shuffle() keeps the elements");
 * ```
 */
export function random(seed: number, ...path: (string | number)[]): Random {
  const [key0, key1] = streamKey([seed, ...path]);
  const block = new Uint32Array(4);
  let counter = 0;
  let left = 0;
  let spareNormal: number | undefined;

  function bits(): number {
    if (left === 0) {
      philox(block, counter++, key0, key1);
      left = 4;
    }
    return block[4 - left--]!;
  }
  const uniform = () => (bits() + 0.5) / 2 ** 32;
  function normal(): number {
    if (spareNormal !== undefined) {
      const value = spareNormal;
      spareNormal = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
  function normals(n: number, mean = 0, std = 1): Float32Array<ArrayBuffer> {
    const values = new Float32Array(n);
    let i = 0;
    if (spareNormal !== undefined && n > 0) values[i++] = mean + std * normal();
    for (; i + 1 < n; i += 2) { // both normals of a pair at once
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      values[i] = mean + std * (radius * Math.cos(angle));
      values[i + 1] = mean + std * (radius * Math.sin(angle));
    }
    if (i < n) values[i] = mean + std * normal();
    return values;
  }
  const integer = (n: number) => Math.floor(uniform() * n);
  function shuffle<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
  return {
    bits,
    uniform,
    normal,
    integer,
    choice: (items) => items[integer(items.length)]!,
    shuffle,
    normals,
    uniforms: (n) => Float32Array.from({ length: n }, () => openFloat32(bits())),
  };
}

/** Maps 32 bits to (0, 1) on a grid that float32 represents exactly; with more bits, one in 2²⁵ would round to 1. */
export function openFloat32(bits: number): number {
  return ((bits >>> 9) + 0.5) / 2 ** 23;
}

/** Two 32-bit words from a path (FNV-1a over its JSON, then a finaliser for each word). */
function streamKey(path: (string | number)[]): [number, number] {
  let hash = 0x811c9dc5;
  let other = 0x9747b28c;
  for (const byte of new TextEncoder().encode(JSON.stringify(path))) {
    hash = Math.imul(hash ^ byte, 0x01000193);
    other = Math.imul(other ^ byte, 0x5bd1e995) ^ (other >>> 15);
  }
  return [mix(hash), mix(other ^ hash)];
}

function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/**
 * Ten Philox rounds on the counter (low word `index`; a stream never needs the other three).
 *
 * All words are stored as int32, which has the same bits, because V8 then computes in registers.
 */
export function philox(out: Uint32Array, index: number, key0: number, key1: number): void {
  let [c0, c1, c2, c3] = [index | 0, Math.floor(index / 2 ** 32) | 0, 0, 0];
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = Math.imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = Math.imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 = (key0 + 0x9e3779b9) | 0;
    key1 = (key1 + 0xbb67ae85) | 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/**
 * The high 32 bits of a product of two unsigned words, computed from halves of 16 bits, so that no sum has more than
 * 32.
 */
function multiplyHigh(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0;
  const carry = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}
