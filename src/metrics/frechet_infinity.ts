/**
 * The Fréchet distance of infinitely many stories, by extrapolation (Chong and Forsyth, 2020, FID∞).
 *
 * The distance of n stories is too large by about c/n, so a line through distances of subsets over 1/n has the distance
 * without this bias at 1/n = 0. This holds for more vectors than dimensions; below that most of the bias is gone, and
 * not all of it. The estimate is noisier than the distance itself and may be negative, as KID may.
 */
import { fail } from "../base/errors.ts";
import { random } from "../base/random.ts";
import type { Features } from "./features.ts";
import { frechet } from "./frechet.ts";
import { mean } from "./vectors.ts";

/** Times that a subset is smaller than the whole, evenly spaced in 1/n; and random subsets of each size. */
const reductions = [1.25, 1.5, 1.75, 2];
const draws = 4;

/** Stories on each side from which subsets can be drawn. */
export const fewestStories = 4;

/**
 * The extrapolated d².
 *
 * @param paired whether story i of both sets belongs together: a subset then has the same stories on both sides
 * @throws UserError for fewer than four stories on a side.
 */
export function frechetInfinity(real: Features, generated: Features, paired: boolean, seed: number): number {
  const [ofReal, ofGenerated] = [storiesOf(real), storiesOf(generated)];
  const fewest = Math.min(ofReal, ofGenerated);
  if (fewest < fewestStories) {
    fail(
      `fid-inf and its like need ${fewestStories} stories to draw subsets from, and there ${
        fewest === 1 ? "is 1" : `are ${fewest}`
      }; evaluate more stories, or leave them out of --metrics.`,
    );
  }
  const points = [{ x: 1, y: frechet(real, generated) }];
  for (const [size, reduction] of reductions.entries()) {
    const sizes = [ofReal, ofGenerated].map((n) => Math.round(n / reduction)) as [number, number];
    for (let draw = 0; draw < draws; draw++) {
      const chosen = subset(ofReal, sizes[0], random(seed, "fid-inf", size, draw, 0));
      const other = paired ? chosen : subset(ofGenerated, sizes[1], random(seed, "fid-inf", size, draw, 1));
      points.push({
        x: (ofReal / sizes[0] + ofGenerated / sizes[1]) / 2,
        y: frechet(rowsOf(real, chosen), rowsOf(generated, other)),
      });
    }
  }
  return valueAtZero(points);
}

/** The value at x = 0 of the line of least squares. */
function valueAtZero(points: { x: number; y: number }[]): number {
  const [x, y] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const covariance = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  return y - x * covariance / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
}

const storiesOf = ({ values, width, rows }: Features) => values.length / (width * rows);

/** `size` of n stories, in ascending order. */
function subset(n: number, size: number, stream: ReturnType<typeof random>): number[] {
  return stream.shuffle(Array.from({ length: n }, (_, i) => i)).slice(0, size).sort((a, b) => a - b);
}

/** The features of some stories. */
function rowsOf({ values, width, rows }: Features, stories: number[]): Features {
  const story = rows * width;
  const out = new Float32Array(stories.length * story);
  stories.forEach((from, i) => out.set(values.subarray(from * story, (from + 1) * story), i * story));
  return { values: out, width, rows };
}
