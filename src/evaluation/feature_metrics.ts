/** Do drawn frames and stories look like real ones? Distances between feature clouds, and consistency. */
import { type Influence, influenceError, influenceInterval } from "../metrics/bootstrap.ts";
import { consistency } from "../metrics/consistency.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { frechet } from "../metrics/frechet.ts";
import { frechetInfluence } from "../metrics/frechet_influence.ts";
import { kidInfluence } from "../metrics/kid.ts";
import { isImageEncoder } from "./networks.ts";
import { intervalOf, type Measurement, measurementOf, type Protocol } from "../records/measurement.ts";

/** Features of real and drawn stories by one network. */
export interface Seen {
  network: Pick<FeatureNetwork, "name" | "of">;
  real: Features;
  drawn: Features;
}

/** The Fréchet distance: FID of frames, FSD of stories; by the tower of a text encoder it is called neither. */
export function frechetMeasurement({ network, real, drawn }: Seen, protocol: Protocol): Measurement {
  const metric = isImageEncoder(network) ? "frechet" : network.of === "frames" ? "fid" : "fsd";
  const numbers = protocol.bootstrap > 0
    ? withSpread(frechetInfluence(real, drawn), protocol)
    : { value: frechet(real, drawn) };
  return measurementOf(protocol, { metric, by: [network.name] }, numbers);
}

/** KID × 1000. */
export function kidMeasurement({ network, real, drawn }: Seen, protocol: Protocol): Measurement {
  const found = kidInfluence(real, drawn);
  const thousand = { value: 1000 * found.value, real: times1000(found.real), drawn: times1000(found.drawn) };
  return measurementOf(protocol, { metric: "kid", by: [network.name] }, withSpread(thousand, protocol));
}

const times1000 = (values: Float64Array) => values.map((x) => 1000 * x);

/** A distance with its standard error and, where intervals are asked for, its interval. */
function withSpread(found: Influence, { paired, seed, bootstrap }: Protocol) {
  return {
    value: found.value,
    ...(bootstrap > 0 ? { interval: influenceInterval(found, paired, { seed, resamples: bootstrap }) } : {}),
    standardError: influenceError(found, paired),
  };
}

/** Story consistency, that of the real stories beside it; undefined where stories have one frame. */
export function consistencyMeasurement({ network, real, drawn }: Seen, protocol: Protocol): Measurement | undefined {
  const found = consistency(drawn);
  if (!found) return undefined;
  return measurementOf(protocol, { metric: "consistency", by: [network.name] }, {
    value: found.value,
    ...intervalOf(protocol, found.perStory),
    real: consistency(real)?.value,
  });
}
