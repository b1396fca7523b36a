/**
 * R-precision (Xu et al., 2018): how often a picture finds its own caption among those of other pictures.
 *
 * Each picture ranks its caption among 99 drawn at random by the cosine of their codes; the share that ranks it first is
 * the R-precision. A caption of the same words, or of the same story, is never drawn: it would not be wrong to choose it.
 */
import { random } from "../base/random.ts";

/** Pictures and their captions, one each, as a trained encoder sees them. */
export interface Pairs {
  /** Codes of the pictures, [N, D] row after row. */
  pictures: Float32Array;
  /** Codes of their captions [N, D]. */
  captions: Float32Array;
  /** The captions themselves [N]. */
  texts: string[];
  /** Which story each pair is from [N]. */
  stories: string[];
}

/** Settings of {@link rPrecision}. */
export interface RPrecisionSettings {
  seed: number;
  /** Captions that a picture chooses from, its own included. Default: 100. */
  among?: number;
  /** How often the others are drawn, each time from a stream of its own. Default: 10. */
  draws?: number;
}

/** What {@link rPrecision} finds. */
export interface RPrecision {
  /** Mean share of the draws, 0 to 1. */
  mean: number;
  /** Standard deviation over the draws. */
  deviation: number;
  /** Captions chosen from; fewer than asked for where there are not as many that may be drawn. */
  among: number;
}

/** R-precision of pairs; chance is 1 / `among`. A tie with another caption counts as not found. */
export function rPrecision(pairs: Pairs, settings: RPrecisionSettings): RPrecision {
  const { found, among } = findCaptions(pairs, settings);
  const shares = found.map((draw) => draw.reduce((a, b) => a + b, 0) / draw.length);
  const mean = shares.reduce((a, b) => a + b, 0) / shares.length;
  const deviation = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length);
  return { mean, deviation, among };
}

/** For each draw whether each picture found its caption, 1 or 0 [draws][N]; and how many captions it chose from. */
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

/** How many captions each picture may be given beside its own. */
function allowedFor({ texts, stories }: Pairs): number[] {
  const keys = [texts, stories, texts.map((text, i) => `${stories[i]} ${text}`)];
  const [sameText, sameStory, both] = keys.map((list) => {
    const counts = new Map<string, number>();
    for (const key of list) counts.set(key, (counts.get(key) ?? 0) + 1);
    return list.map((key) => counts.get(key)!);
  }) as [number[], number[], number[]];
  return texts.map((_, i) => texts.length - sameText[i]! - sameStory[i]! + both[i]!);
}

/** Rows of length 1; a row of zeros stays one. */
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
