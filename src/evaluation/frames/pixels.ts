/** What is measured of pixels without a network: colours of sky and ground, and contours. */
import { positiveInterval } from "../../metrics/bootstrap.ts";
import { bandColours, bands, colourMatch, colourWithin, scaledBand } from "../../metrics/frames/colour.ts";
import { laplacianMeans, ratioInfluence } from "../../metrics/frames/contours.ts";
import { mean } from "../../metrics/vectors.ts";
import { type Measurement, measurementOf, type Protocol, resampledIntervalOf } from "../../records/measurement.ts";
import { pausePoint } from "../cache.ts";
import { type EvaluationContext, isWanted, metricsByKind } from "../evaluators.ts";
import type { Gallery } from "../gallery.ts";
import { derangement } from "../text_metrics.ts";

/** Numbers of the frames of S stories. */
export interface PixelNumbers {
  /** For each of the {@link bands}, mean colours [S·T·3]. */
  colours: Float64Array[];
  /** Mean |Laplacian| of each story [S]. */
  contours: Float64Array;
}

/**
 * All metrics of {@link metricsByKind}.pixels that are wanted. `colour-match` compares each frame with its real one, so it
 * needs stories that belong together: those of a run, or of two folders with the same names.
 */
export async function evaluatePixels(context: EvaluationContext): Promise<Measurement[]> {
  if (!isWanted(context, ...metricsByKind.pixels)) return [];
  const { real, generated, protocol } = context;
  const numbers = { real: await pixelNumbers(real, context), generated: await pixelNumbers(generated, context) };
  const paired = protocol.paired || haveSameNames(real, generated);
  return pixelMeasurements(numbers, real.height, { ...protocol, paired })
    .filter(({ name }) => isWanted(context, name.slice(0, name.indexOf("["))));
}

/** Whether two galleries have the same stories by name, in the same order. */
export function haveSameNames({ ids: a }: Gallery, { ids: b }: Gallery): boolean {
  return a.length === b.length && a.every((id, i) => id.normalize() === b[i]!.normalize());
}

/** Reads a gallery once, `batch` stories at a time. */
export async function pixelNumbers(
  gallery: Gallery,
  { batch, watch }: Pick<EvaluationContext, "batch" | "watch">,
): Promise<PixelNumbers> {
  const { ids, frames: T, height } = gallery;
  const numbers: PixelNumbers = {
    colours: bands.map(() => new Float64Array(ids.length * T * 3)),
    contours: new Float64Array(ids.length),
  };
  for (let first = 0; first < ids.length; first += batch) {
    await pausePoint(watch);
    const count = Math.min(batch, ids.length - first);
    const pictures = await gallery.read(first, count); // [count, T, H, W, 3]
    bands.forEach((band, i) =>
      numbers.colours[i]!.set(bandColours(pictures, gallery, scaledBand(band, height)), first * T * 3)
    );
    const ofFrames = laplacianMeans(pictures, gallery); // [count·T]
    for (let s = 0; s < count; s++) numbers.contours[first + s] = mean(ofFrames.subarray(s * T, (s + 1) * T));
  }
  return numbers;
}

/**
 * Measurements from the numbers of real and generated stories; one that is undefined is left out.
 *
 * @param height H of the frames, by which the bands are scaled
 */
export function pixelMeasurements(
  { real, generated }: { real: PixelNumbers; generated: PixelNumbers },
  height: number,
  protocol: Protocol,
): Measurement[] {
  const { frames: T, paired, seed, bootstrap } = protocol;
  const others = derangement(protocol.stories, seed);
  const names = bands.map((band) => scaledBand(band, height))
    .map(({ name, first, last }) => `${name} rows ${first}-${last}`);
  const within = names.map((band, i) => {
    const [of, ofReal] = [generated.colours[i]!, colourWithin(real.colours[i]!, T)];
    return measurementOf(protocol, { metric: "colour-within", by: [band] }, {
      value: colourWithin(of, T),
      ...resampledIntervalOf(protocol, (chosen) => colourWithin(of, T, chosen)),
      ...(Number.isNaN(ofReal) ? {} : { real: ofReal }),
    });
  });
  const match = !paired ? [] : names.map((band, i) => {
    const pair = { real: real.colours[i]!, generated: generated.colours[i]! };
    return measurementOf(protocol, { metric: "colour-match", by: [band] }, {
      value: colourMatch(pair, T),
      ...resampledIntervalOf(protocol, (stories) => colourMatch(pair, T, { stories })),
      real: 1,
      ...(others ? { shuffled: colourMatch(pair, T, { others }) } : {}),
    });
  });
  const ratio = ratioInfluence(real.contours, generated.contours);
  const interval = bootstrap > 0 ? positiveInterval(ratio, paired, { seed, resamples: bootstrap }) : undefined;
  const contours = measurementOf(protocol, { metric: "contours", by: ["laplacian"] }, {
    value: ratio.value,
    ...(interval ? { interval } : {}),
    real: 1,
  });
  return [...within, ...match, contours].filter(({ value }) => !Number.isNaN(value));
}
