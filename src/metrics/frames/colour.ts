/**
 * Colours of a band of rows, measured without a network: do frames of a story share them, and are they those of the real
 * frames? The colour of a frame is the mean of the band's pixels.
 *
 * Within stories: the intraclass correlation ICC(1) of one-way analysis of variance (Shrout and Fleiss, 1979), for S
 * stories of T frames and each channel
 *
 *     MSB = T · Σ (mean of a story − mean of all)² / (S − 1)
 *     MSW = Σ (colour − mean of its story)² / (S (T − 1))
 *     ICC = (MSB − MSW) / (MSB + (T − 1) MSW)
 *
 * It is 1 where every story has one colour of its own, 0 where stories have no influence, and −1 / (T − 1) at least. One
 * picture in all frames of a story gets 1, so the target is the value of the real stories, not the maximum.
 *
 * Match: the Pearson correlation of the colours of generated and real frames. Both are means over the three channels.
 */

/** A band of rows, in a picture of 64 rows; the last one included. */
export interface Band {
  name: string;
  first: number;
  last: number;
}

/** In clipart the top rows are free sky, but for a sun or cloud, and the last ones free ground. */
export const bands: Band[] = [{ name: "sky", first: 0, last: 9 }, { name: "ground", first: 52, last: 63 }];

/** Squares of bytes: less is rounding, since a single byte that differs makes more. */
const negligible = 1e-15;

/** The band in a picture of H rows; at least one row. */
export function scaledBand({ name, first, last }: Band, H: number): Band {
  const start = Math.min(Math.round(first * H / 64), H - 1);
  return { name, first: start, last: Math.max(start, Math.round((last + 1) * H / 64) - 1) };
}

/** Mean colours of a band in pictures uint8 [N, H, W, 3], in bytes: [N·3]. */
export function bandColours(
  pictures: Uint8Array,
  { height: H, width: W }: { height: number; width: number },
  { first, last }: Band,
): Float64Array {
  const N = pictures.length / (H * W * 3);
  const colours = new Float64Array(N * 3);
  const rows = (last + 1 - first) * W * 3; // entries of a band
  for (let n = 0; n < N; n++) {
    const at = (n * H + first) * W * 3;
    for (let i = 0; i < rows; i++) colours[n * 3 + i % 3]! += pictures[at + i]!;
  }
  return colours.map((sum) => sum / (rows / 3));
}

/**
 * ICC(1) within stories of colours [S·T·3].
 *
 * @param T frames of a story
 * @param stories indices of stories, of which some may occur several times, as in a bootstrap resample; default: each
 *   story once
 * @returns NaN for fewer than two stories or frames, and where a channel is the same in all frames
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { colourWithin } from "./colour.ts";
 *
 * // Two grey stories of two frames, of one grey each; then the same greys mixed.
 * const grey = (...values: number[]) => Float64Array.from(values.flatMap((x) => [x, x, x]));
 * assertEquals(colourWithin(grey(10, 10, 30, 30), 2), 1);
 * assertEquals(colourWithin(grey(10, 30, 10, 30), 2), -1);
 * ```
 */
export function colourWithin(colours: Float64Array, T: number, stories?: ArrayLike<number>): number {
  const S = stories?.length ?? colours.length / (T * 3);
  if (S < 2 || T < 2) return NaN;
  let sum = 0;
  for (let c = 0; c < 3; c++) {
    const means = new Float64Array(S);
    let within = 0;
    for (let s = 0; s < S; s++) {
      const at = (stories?.[s] ?? s) * T * 3 + c;
      for (let t = 0; t < T; t++) means[s]! += colours[at + t * 3]! / T;
      for (let t = 0; t < T; t++) within += (colours[at + t * 3]! - means[s]!) ** 2;
    }
    const all = means.reduce((total, mean) => total + mean / S, 0);
    const between = means.reduce((total, mean) => total + (mean - all) ** 2, 0);
    if (between + within < negligible) return NaN;
    const [MSB, MSW] = [T * between / (S - 1), within / (S * (T - 1))];
    sum += (MSB - MSW) / (MSB + (T - 1) * MSW);
  }
  return sum / 3;
}

/**
 * Correlation of the colours of generated and real frames, both [S·T·3].
 *
 * @param T frames of a story
 * @param stories indices of stories, of which some may occur several times; default: each story once
 * @param others for each story the index of the real story with which it is compared; default: its own
 * @returns NaN where a channel of the real frames is the same in all; 0 of a channel that is so in the generated ones
 *   alone, since it tells nothing about the real ones
 */
export function colourMatch(
  { generated, real }: { generated: Float64Array; real: Float64Array },
  T: number,
  { stories, others }: { stories?: ArrayLike<number>; others?: number[] } = {},
): number {
  const S = stories?.length ?? generated.length / (T * 3);
  const N = S * T;
  let sum = 0;
  for (let c = 0; c < 3; c++) {
    const [a, b] = [new Float64Array(N), new Float64Array(N)];
    for (let s = 0; s < S; s++) {
      const story = stories?.[s] ?? s;
      for (let t = 0; t < T; t++) {
        a[s * T + t] = generated[(story * T + t) * 3 + c]!;
        b[s * T + t] = real[((others?.[story] ?? story) * T + t) * 3 + c]!;
      }
    }
    const [meanA, meanB] = [a, b].map((values) => values.reduce((total, x) => total + x / N, 0)) as [number, number];
    let [ab, aa, bb] = [0, 0, 0];
    for (let i = 0; i < N; i++) {
      const [x, y] = [a[i]! - meanA, b[i]! - meanB];
      [ab, aa, bb] = [ab + x * y, aa + x * x, bb + y * y];
    }
    if (bb < negligible) return NaN;
    if (aa >= negligible) sum += ab / Math.sqrt(aa * bb);
  }
  return sum / 3;
}
