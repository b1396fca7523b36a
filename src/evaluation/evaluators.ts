/** Measures generated against real stories with one feature network after another. */
import { metrics } from "../metrics/names.ts";
import type { FeatureNetwork } from "../metrics/features.ts";
import { isStoryNetwork, openNetwork } from "../metrics/networks.ts";
import {
  consistencyMeasurement,
  frechetMeasurement,
  frechetName,
  infinityMeasurement,
  kidMeasurement,
} from "./feature_metrics.ts";
import { type FeatureCache, featuresOf } from "./features.ts";
import type { Gallery } from "./gallery.ts";
import type { Measurement, Protocol } from "../records/measurement.ts";
import { imageEncoderName, isImageEncoder } from "./networks.ts";
import type { Watch } from "./cache.ts";

/** Real and generated stories, and how they are compared. */
export interface EvaluationContext {
  real: Gallery;
  generated: Gallery;
  /** Where features are cached. */
  caches: { real: FeatureCache; generated: FeatureCache };
  protocol: Protocol;
  /** Requested metrics; default: all. */
  wanted?: string[] | undefined;
  /** Stories per forward pass: changes speed and memory. */
  batch: number;
  /** The folder of all data sets, which contains `weights`. */
  root: string;
  /** A file of weights for the networks, instead of those in `weights` of `root`. */
  weights?: string | undefined;
  say?(text: string): void;
  watch: Watch;
}

/** Settings of every evaluation. */
export interface EvaluationOptions extends Watch {
  /** Names of feature networks; default: see `defaultNetworks`. */
  networks?: string[] | undefined;
  /** A file of weights for these networks, or alone for those that it fits. */
  weights?: string | undefined;
  /** Whether folders hold single pictures, in depth and under any name, and no stories. */
  pictures?: boolean | undefined;
  /** Requested metrics, such as `fid`; default: all. */
  metrics?: string[] | undefined;
  /** Folder of the DAMSM run whose encoder evaluates; default: the run's own encoder. */
  encoder?: string | undefined;
  /** Folder of the classifier for objects and scenes; default: the latest one trained on the same data, if there is one. */
  classifier?: string | undefined;
  /** The seed of noise, intervals and shuffled pairs. Default: 1. */
  seed?: number | undefined;
  /** Resamples of the intervals; 0 for none. Default: 1000. */
  bootstrap?: number | undefined;
  /** Stories generated and evaluated at a time: changes speed and memory. Default: 8. */
  batch?: number | undefined;
  /** Default: the run's. */
  device?: string | undefined;
  /** Folder of all data sets. */
  data?: string | undefined;
}

/**
 * Metrics by what measures them: networks of frames, networks of stories, a text encoder, a classifier (`objects` by any,
 * `scenes` by one that has what they need), the pixels alone, or the dynamic blocks themselves.
 */
export const metricsByKind = {
  frames: ["fid", "fid-inf", "kid", "frechet", "frechet-inf", "consistency"],
  stories: ["fsd", "fsd-inf"],
  text: ["cosine", "r-precision"],
  objects: ["object-f1", "object-f1-macro", "exact-frame-match"],
  scenes: ["cast", "place", "sky", "persistence"],
  pixels: ["colour-within", "colour-match", "contours"],
  blocks: ["self-attention", "word-response"],
};

/** Whether one of these metrics is requested. */
export function isWanted({ wanted }: Pick<EvaluationContext, "wanted">, ...names: string[]): boolean {
  return !wanted || names.some((name) => wanted.includes(name));
}

/** Features of real and generated stories by one network. */
export async function featuresOfBoth(
  network: FeatureNetwork,
  { real, generated, caches, batch, watch }: EvaluationContext,
) {
  return {
    network,
    real: await featuresOf(network, real, { what: "real stories", batch, cache: caches.real, watch }),
    generated: await featuresOf(network, generated, {
      what: "generated stories",
      batch,
      cache: caches.generated,
      watch,
    }),
  };
}

/**
 * All metrics of one feature network: distances between the two sets of features, and for frames the consistency of
 * stories.
 */
export async function evaluateFeatures(network: FeatureNetwork, context: EvaluationContext): Promise<Measurement[]> {
  const features = await featuresOfBoth(network, context);
  const { protocol } = context;
  const found: (Measurement | undefined)[] = [];
  const distances = network.of === "stories" ? ["fsd"] : ["fid", "frechet"];
  if (isWanted(context, ...distances)) found.push(frechetMeasurement(features, protocol));
  // Seventeen distances instead of one, so only where it is named.
  if (context.wanted?.includes(`${frechetName(network)}-inf`)) found.push(infinityMeasurement(features, protocol));
  if (network.of === "stories") return found.filter((measurement) => measurement !== undefined);
  // The kernel of KID expects features of about unit size, which the codes of an image encoder do not have.
  if (isWanted(context, "kid") && !isImageEncoder(network)) found.push(kidMeasurement(features, protocol));
  if (isWanted(context, "consistency")) found.push(consistencyMeasurement(features, protocol));
  return found.filter((measurement) => measurement !== undefined);
}

/**
 * The metrics of several networks. They are opened one after another, so that only one network's weights are in memory.
 *
 * @param imageEncoder the image encoder of a text encoder, where there is one
 * @returns the numbers, and the digests of the networks by name
 */
export async function evaluateByNetworks(
  names: string[],
  context: EvaluationContext,
  imageEncoder?: FeatureNetwork,
): Promise<{ found: Measurement[]; digests: Record<string, string> }> {
  const found: Measurement[] = [];
  const digests: Record<string, string> = {};
  for (const name of names) {
    if (context.real.frames === 1 && isStoryNetwork(name)) {
      context.say?.(`no fsd by ${name}: it is of whole stories, and these are single pictures`);
      continue;
    }
    const network = name === imageEncoderName && imageEncoder
      ? imageEncoder
      : await openNetwork(name, { root: context.root, weights: context.weights });
    try {
      if (network !== imageEncoder && network.name !== name && context.weights === undefined) {
        context.say?.(`${name}: the weights are not the published ones, so its numbers are named "${network.name}"`);
      }
      if (!isWanted(context, ...metricsByKind[network.of])) continue;
      digests[network.name] = network.digest;
      found.push(...await evaluateFeatures(network, context));
    } finally {
      if (network !== imageEncoder) network.dispose();
    }
  }
  return { found, digests };
}

/** Sorts measurements into the order of the table of metrics. */
export function inTableOrder(measurements: Measurement[]): Measurement[] {
  const order = Object.keys(metrics);
  const place = ({ name }: Measurement) => order.indexOf(name.slice(0, name.indexOf("[")));
  return measurements.toSorted((a, b) => place(a) - place(b));
}
