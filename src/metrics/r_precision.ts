/**
 * R-precision (Xu et al., 2018): how often a picture retrieves its own caption among those of other pictures.
 *
 * Each picture ranks its caption among 99 randomly sampled ones by the cosine of their codes; R-precision is the share
 * of pictures that rank their own caption first. A caption with the same text, or of the same story, is never sampled,
 * because choosing it would not be wrong.
 */
import { random } from "../base/random.ts";
import { mean } from "./vectors.ts";

/** Pictures with one caption each, encoded by a trained encoder. */
export interface Pairs {
  /** Codes of the pictures, [N, D] row after row. */
  pictures: Float32Array;
  /** Codes of their captions [N, D]. */
  captions: Float32Array;
  /** The captions themselves [N]. */
  texts: string[];
  /** The story of each pair [N]. */
  stories: string[];
}

/** Settings of {@link rPrecision}. */
export interface RPrecisionSettings {
  seed: number;
  /** Number of captions to rank, the own one included. Default: 100. */
  among?: number;
  /** Number of samplings of the other captions, each from its own random stream. Default: 10. */
  draws?: number;
}

/** Result of {@link rPrecision}. */
export interface RPrecision {
  /** Mean share over the samplings, 0 to 1. */
  mean: number;
  /** Standard deviation over the samplings. */
  deviation: number;
  /** Number of captions that were ranked; lower than requested where fewer may be sampled. */
  among: number;
}

/**
 * R-precision of pairs; chance level is 1 / `among`. A tie with another caption counts as not retrieved.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rPrecision } from "./r_precision.ts";
 *
 * const codes = Float32Array.of(1, 0, 0, 1); // two orthogonal codes
 * const pairs = { pictures: codes, captions: codes, texts: ["A dog.", "A cat."], stories: ["a", "b"] };
 * assertEquals(rPrecision(pairs, { seed: 1 }), { mean: 1, deviation: 0, among: 2 });
 * ```
 */
export function rPrecision(pairs: Pairs, settings: RPrecisionSettings): RPrecision {
  const { found, among } = findCaptions(pairs, settings);
  const shares = found.map((draw) => mean(draw));
  const average = mean(shares);
  const deviation = Math.sqrt(mean(shares.map((share) => (share - average) ** 2)));
  return { mean: average, deviation, among };
}

/**
 * For each sampling whether each picture retrieved its caption, 1 or 0 [draws][N]; and the number of captions ranked.
 */
export function findCaptions(
  pairs: Pairs,
  { seed, among = 100, draws = 10 }: RPrecisionSettings,
): { found: Uint8Array[]; among: number } {
  const { texts, stories } = pairs;
  const N = texts.length;
  const width = pairs.pictures.length / N;
  const [pictures, captions] = [unitRows(pairs.pictures, width), unitRows(pairs.captions, width)];
  const cosine = (picture: number, caption: number) => {
    let sum = 0;
    for (let d = 0; d < width; d++) sum += pictures[picture * width + d]! * captions[caption * width + d]!;
    return sum;
  };
  const wrong = Math.max(0, allowedFor(pairs).reduce((a, b) => Math.min(a, b), among - 1));
  const found = Array.from({ length: draws }, (_, draw) => {
    const stream = random(seed, "r-precision", draw);
    return Uint8Array.from({ length: N }, (_, own) => {
      const others = new Set<number>();
      while (others.size < wrong) {
        const other = stream.integer(N);
        if (texts[other] !== texts[own] && stories[other] !== stories[own]) others.add(other);
      }
      const score = cosine(own, own);
      return [...others].every((other) => cosine(own, other) < score) ? 1 : 0;
    });
  });
  return { found, among: wrong + 1 };
}

/** For each picture the number of captions that may be sampled besides its own [N]. */
function allowedFor({ texts, stories }: Pairs): number[] {
  const keys = [texts, stories, texts.map((text, i) => `${stories[i]} ${text}`)];
  const [sameText, sameStory, both] = keys.map((list) => {
    const counts = new Map<string, number>();
    for (const key of list) counts.set(key, (counts.get(key) ?? 0) + 1);
    return list.map((key) => counts.get(key)!);
  }) as [number[], number[], number[]];
  return texts.map((_, i) => texts.length - sameText[i]! - sameStory[i]! + both[i]!);
}

/** Rows scaled to length 1; a row of zeros stays zero. */
function unitRows(values: Float32Array, width: number): Float32Array {
  const out = Float32Array.from(values);
  for (let start = 0; start < out.length; start += width) {
    let squares = 0;
    for (let d = 0; d < width; d++) squares += out[start + d]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let d = 0; d < width; d++) out[start + d]! *= scale;
  }
  return out;
}
