/**
 * `deno task bench coverage [options]`: how often intervals of the Fréchet distance hold the distance that n stories have
 * on average, and how far that is from the one of infinitely many. README.md here describes how.
 */
import { join, relative } from "node:path";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { random } from "../../src/base/random.ts";
import { parseOptions, unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { type Influence, influenceInterval, positiveInterval } from "../../src/metrics/bootstrap.ts";
import type { Features } from "../../src/metrics/features.ts";
import { frechetInfinity } from "../../src/metrics/frechet_infinity.ts";
import { frechetInfluence } from "../../src/metrics/frechet_influence.ts";
import { mean } from "../../src/metrics/vectors.ts";
import { describeMachine } from "./machine.ts";

export const usage = `Usage: deno task bench coverage [options]

Draws two Gaussians of known distance again and again, and counts how often each kind of interval of the Fréchet distance
holds the mean distance of as many vectors.

  --draws N   draws of each case (default: 100)

Example: deno task bench coverage --draws 40`;

/** Deviations of the dimensions: many of about the same size, as of Inception's features; or a few that matter. */
const spectra = { many: (d: number) => 1 / (1 + d / 50), few: (d: number) => 1 / (1 + d) };
type Spectrum = keyof typeof spectra;

const cases = (Object.keys(spectra) as Spectrum[]).flatMap((spectrum) =>
  [512, 2048].flatMap((width) => [12, 50, 250].map((n) => ({ spectrum, n, width })))
);

/** Draws whose distance is extrapolated, too: this takes 17 distances each. */
const extrapolated = 10;

/** Generated vectors vary 1.2 times as much, and their mean is 0.3 deviations away. */
const [scale, shift] = [1.2, 0.3];

/** The distance of infinitely many vectors: Σ (0.3² + 0.2²) σ². */
export function trueDistance(spectrum: Spectrum, width: number): number {
  const deviation = spectra[spectrum];
  let sum = 0;
  for (let d = 0; d < width; d++) sum += (shift ** 2 + (scale - 1) ** 2) * deviation(d) ** 2;
  return sum;
}

/** n vectors of one side of a draw. */
export function drawn(
  side: "real" | "generated",
  draw: number,
  { spectrum, n, width }: typeof cases[number],
): Features {
  const deviation = spectra[spectrum];
  const values = random(1, "coverage", side, draw, n, width).normals(n * width);
  const [factor, offset] = side === "real" ? [1, 0] : [scale, shift];
  for (let i = 0; i < values.length; i++) values[i] = deviation(i % width) * (factor * values[i]! + offset);
  return { values, width, rows: 1 };
}

/** Kinds of intervals by name: from the influences of a draw, [low, high]. */
const kinds: Record<string, (found: Influence, draw: number) => [number, number]> = {
  linear: (found, draw) => {
    const { low, high } = influenceInterval(found, false, { seed: draw })!;
    return [low, high];
  },
  log: (found, draw) => {
    const { low, high } = positiveInterval(found, false, { seed: draw })!;
    return [low, high];
  },
};

export async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, { string: ["draws"], unknown: unknownOption(["draws"]) });
  const draws = wholeNumber("draws", options.draws, 10) ?? 100;
  await ensureEngine("auto");
  await useEngine("auto");
  const results = cases.map((one) => {
    const { spectrum, width } = one;
    const found = Array.from({ length: draws }, (_, draw) => {
      const [real, generated] = [drawn("real", draw, one), drawn("generated", draw, one)];
      const influence = frechetInfluence(real, generated);
      const infinity = draw < extrapolated ? frechetInfinity(real, generated, false, draw) : NaN;
      return { influence, infinity, draw };
    });
    const expected = mean(found.map(({ influence }) => influence.value));
    const intervals = Object.fromEntries(
      Object.entries(kinds).map(([kind, intervalOf]) => {
        const limits = found.map(({ influence, draw }) => intervalOf(influence, draw));
        return [kind, {
          coverage: mean(limits.map(([low, high]) => low <= expected && expected <= high ? 1 : 0)),
          below0: limits.filter(([low]) => low < 0).length,
          width: mean(limits.map(([low, high]) => high - low)),
        }];
      }),
    );
    const infinities = found.map(({ infinity }) => infinity).filter((x) => !Number.isNaN(x));
    const row = { ...one, distance: trueDistance(spectrum, width), expected, infinity: mean(infinities), intervals };
    console.log(JSON.stringify(row));
    return row;
  });
  const path = join(projectRoot, "tests", "bench", "results", "coverage.json");
  writeAtomic(path, JSON.stringify({ machine: describeMachine(), draws, results }, null, 2) + "\n");
  console.log(`written to ${relative(Deno.cwd(), path)}`);
}

if (import.meta.main) await runTask(main, usage);
