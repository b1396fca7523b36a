/** Do generated frames and stories look like real ones? Distances between sets of features, and consistency. */
import { type Influence, influenceError, influenceInterval, positiveInterval } from "../metrics/bootstrap.ts";
import { consistency } from "../metrics/consistency.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { frechet } from "../metrics/frechet.ts";
import { frechetInfinity } from "../metrics/frechet_infinity.ts";
import { frechetInfluence } from "../metrics/frechet_influence.ts";
import { kidInfluence } from "../metrics/kid.ts";
import { isImageEncoder } from "./networks.ts";
import { intervalOf, type Measurement, measurementOf, type Protocol } from "../records/measurement.ts";

/** Features of real and generated stories by one network. */
export interface FeaturePair {
  network: Pick<FeatureNetwork, "name" | "of">;
  real: Features;
  generated: Features;
}

/** The name of a Fréchet distance: FID for frames, FSD for stories, `frechet` for the image encoder of a text encoder. */
export function frechetName({ name, of }: FeaturePair["network"]): "fid" | "fsd" | "frechet" {
  return isImageEncoder({ name }) ? "frechet" : of === "frames" ? "fid" : "fsd";
}

/** The Fréchet distance, with its interval and, where there are few vectors, a note. */
export function frechetMeasurement({ network, real, generated }: FeaturePair, protocol: Protocol): Measurement {
  const numbers = protocol.bootstrap > 0
    ? withUncertainty(frechetInfluence(real, generated), protocol, positiveInterval)
    : { value: frechet(real, generated) };
  const few = fewVectors(real, generated);
  return measurementOf(protocol, { metric: frechetName(network), by: [network.name] }, {
    ...numbers,
    ...noteOf([
      few && `${few}: mostly bias, comparable only with numbers of as many vectors`,
      oneRealStory(real, protocol),
    ]),
  });
}

/**
 * The Fréchet distance extrapolated to infinitely many stories, `fid-inf` and its like; without an interval.
 *
 * @throws UserError as `frechetInfinity` does.
 */
export function infinityMeasurement({ network, real, generated }: FeaturePair, protocol: Protocol): Measurement {
  const value = frechetInfinity(real, generated, protocol.paired, protocol.seed);
  const few = fewVectors(real, generated);
  return measurementOf(protocol, { metric: `${frechetName(network)}-inf`, by: [network.name] }, {
    value,
    ...noteOf([few && `${few}: a part of the bias remains`]),
  });
}

/** KID × 1000. It is not biased and may be negative, so its interval is not that of a distance. */
export function kidMeasurement({ network, real, generated }: FeaturePair, protocol: Protocol): Measurement {
  const found = kidInfluence(real, generated);
  const thousand = { value: 1000 * found.value, real: times1000(found.real), generated: times1000(found.generated) };
  return measurementOf(protocol, { metric: "kid", by: [network.name] }, {
    ...withUncertainty(thousand, protocol, influenceInterval),
    ...noteOf([oneRealStory(real, protocol)]),
  });
}

const times1000 = (values: Float64Array) => values.map((x) => 1000 * x);

/** Up to D vectors have a covariance of lower rank, and a distance that is mostly bias. */
function fewVectors(real: Features, generated: Features): string | undefined {
  const fewest = Math.min(real.values.length, generated.values.length) / real.width;
  return fewest > real.width ? undefined : `${fewest} vectors in ${real.width} dimensions`;
}

function oneRealStory({ values, width, rows }: Features, { stories }: Protocol): string | undefined {
  return stories > 1 && values.length === width * rows ? "of one real story, so without an interval" : undefined;
}

function noteOf(notes: (string | undefined)[]): Pick<Measurement, "note"> {
  const known = notes.filter((note) => note !== undefined);
  return known.length > 0 ? { note: known.join("; ") } : {};
}

/** The value of a distance with its standard error and, where requested, its interval; neither of one story. */
function withUncertainty(
  found: Influence,
  { paired, seed, bootstrap }: Protocol,
  intervalBy: typeof influenceInterval,
) {
  const interval = bootstrap > 0 ? intervalBy(found, paired, { seed, resamples: bootstrap }) : undefined;
  const standardError = influenceError(found, paired);
  return {
    value: found.value,
    ...(interval === undefined ? {} : { interval }),
    ...(standardError === undefined ? {} : { standardError }),
  };
}

/** Story consistency, with that of the real stories as reference; undefined where stories have one frame. */
export function consistencyMeasurement(
  { network, real, generated }: FeaturePair,
  protocol: Protocol,
): Measurement | undefined {
  const found = consistency(generated);
  if (!found) return undefined;
  const ofReal = consistency(real);
  return measurementOf(protocol, { metric: "consistency", by: [network.name] }, {
    value: found.value,
    ...intervalOf(protocol, found.perStory),
    ...(ofReal ? { real: ofReal.value } : {}),
  });
}
