/** Real and drawn stories side by side, before one judge after another. */
import { metrics } from "../metrics/names.ts";
import type { FeatureNetwork } from "../metrics/features.ts";
import { openNetwork } from "../metrics/networks.ts";
import { consistencyMeasurement, frechetMeasurement, kidMeasurement } from "./feature_metrics.ts";
import { featuresOf, type Keep } from "./features.ts";
import type { Gallery } from "./gallery.ts";
import type { Measurement, Protocol } from "../records/measurement.ts";
import { imageEncoderName, isImageEncoder } from "./networks.ts";
import type { Watch } from "./cache.ts";

/** What is judged, and how. */
export interface Sides {
  real: Gallery;
  drawn: Gallery;
  /** Where features are kept. */
  keep: { real: Keep; drawn: Keep };
  protocol: Protocol;
  /** Metrics that are asked for; all without a list. */
  wanted?: string[];
  /** Stories that go through a network at a time: changes speed and memory. */
  batch: number;
  /** The folder of data sets, in which `weights` lies. */
  root: string;
  watch: Watch;
}

/** Settings of every evaluation. */
export interface EvaluationOptions extends Watch {
  /** Names of feature networks; default: see `defaultNetworks`. */
  networks?: string[];
  /** Metrics that are asked for, such as `fid`; default: all. */
  metrics?: string[];
  /** Folder of the DAMSM run that judges; default: the run's own encoder. */
  encoder?: string;
  /** Folder of the classifier that judges; default: the latest of the same data, where there is one. */
  classifier?: string;
  /** Seeds noise, intervals and shuffled pairs. Default: 1. */
  seed?: number;
  /** Resamples of the intervals; 0 for none. Default: 1000. */
  bootstrap?: number;
  /** Stories that are drawn and judged at a time; changes speed and memory. Default: 8. */
  batch?: number;
  /** Default: the run's. */
  device?: string;
  /** Folder of all data sets. */
  data?: string;
  say?(text: string): void;
}

/** Metrics by who measures them. */
export const metricsByKind = {
  frames: ["fid", "kid", "frechet", "consistency"],
  stories: ["fsd"],
  text: ["cosine", "r-precision"],
  objects: ["object-f1", "object-f1-macro", "exact-frame-match"],
};

/** Whether one of these metrics is asked for. */
export function isWanted({ wanted }: Pick<Sides, "wanted">, ...names: string[]): boolean {
  return !wanted || names.some((name) => wanted.includes(name));
}

/** Features of both sides by one network. */
export async function featuresOfBoth(network: FeatureNetwork, { real, drawn, keep, batch, watch }: Sides) {
  return {
    network,
    real: await featuresOf(network, real, { what: "real stories", batch, keep: keep.real, watch }),
    drawn: await featuresOf(network, drawn, { what: "drawn stories", batch, keep: keep.drawn, watch }),
  };
}

/** All that a feature network measures: distances of the clouds, and for frames the consistency of stories. */
export async function evaluateFeatures(network: FeatureNetwork, sides: Sides): Promise<Measurement[]> {
  const seen = await featuresOfBoth(network, sides);
  const { protocol } = sides;
  const found: (Measurement | undefined)[] = [];
  if (network.of === "stories") return [frechetMeasurement(seen, protocol)];
  if (isWanted(sides, "fid", "frechet")) found.push(frechetMeasurement(seen, protocol));
  // KID's kernel is made for features of about unit size; a tower's codes have none.
  if (isWanted(sides, "kid") && !isImageEncoder(network)) found.push(kidMeasurement(seen, protocol));
  if (isWanted(sides, "consistency")) found.push(consistencyMeasurement(seen, protocol));
  return found.filter((measurement) => measurement !== undefined);
}

/**
 * What each of the networks measures, one after another, so that the weights of one alone are held.
 *
 * @param tower the image tower of a text encoder, where there is one
 * @returns the numbers, and the digests of the networks by name
 */
export async function evaluateByNetworks(
  names: string[],
  sides: Sides,
  tower?: FeatureNetwork,
): Promise<{ found: Measurement[]; digests: Record<string, string> }> {
  const found: Measurement[] = [];
  const digests: Record<string, string> = {};
  for (const name of names) {
    const network = name === imageEncoderName && tower ? tower : await openNetwork(name, { root: sides.root });
    try {
      if (!isWanted(sides, ...metricsByKind[network.of])) continue;
      digests[network.name] = network.digest;
      found.push(...await evaluateFeatures(network, sides));
    } finally {
      if (network !== tower) network.dispose();
    }
  }
  return { found, digests };
}

/** Measurements in the order of the table of metrics. */
export function inTableOrder(measurements: Measurement[]): Measurement[] {
  const order = Object.keys(metrics);
  const place = ({ name }: Measurement) => order.indexOf(name.slice(0, name.indexOf("[")));
  return measurements.toSorted((a, b) => place(a) - place(b));
}
