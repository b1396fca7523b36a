/** Do generated frames and stories look like real ones? Distances between sets of features, and consistency. */
import { type Influence, influenceError, influenceInterval } from "../metrics/bootstrap.ts";
import { consistency } from "../metrics/consistency.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { frechet } from "../metrics/frechet.ts";
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

/** The Fréchet distance: FID for frames, FSD for stories, and `frechet` for the image encoder of a text encoder. */
export function frechetMeasurement({ network, real, generated }: FeaturePair, protocol: Protocol): Measurement {
  const metric = isImageEncoder(network) ? "frechet" : network.of === "frames" ? "fid" : "fsd";
  const numbers = protocol.bootstrap > 0
    ? withUncertainty(frechetInfluence(real, generated), protocol)
    : { value: frechet(real, generated) };
  return measurementOf(protocol, { metric, by: [network.name] }, numbers);
}

/** KID × 1000. */
export function kidMeasurement({ network, real, generated }: FeaturePair, protocol: Protocol): Measurement {
  const found = kidInfluence(real, generated);
  const thousand = { value: 1000 * found.value, real: times1000(found.real), generated: times1000(found.generated) };
  return measurementOf(protocol, { metric: "kid", by: [network.name] }, withUncertainty(thousand, protocol));
}

const times1000 = (values: Float64Array) => values.map((x) => 1000 * x);

/** The value of a distance with its standard error and, where requested, its interval. */
function withUncertainty(found: Influence, { paired, seed, bootstrap }: Protocol) {
  return {
    value: found.value,
    ...(bootstrap > 0 ? { interval: influenceInterval(found, paired, { seed, resamples: bootstrap }) } : {}),
    standardError: influenceError(found, paired),
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
