/** Do drawn frames and stories look like real ones? Distances between feature clouds, and consistency. */
import { consistency } from "../../metrics/consistency.ts";
import type { FeatureNetwork, Features } from "../../metrics/features.ts";
import { frechetDistance, moments } from "../../metrics/frechet.ts";
import { kid } from "../../metrics/kid.ts";
import { intervalOf, type Measurement, named, type Protocol } from "./measurement.ts";

/** Features of real and drawn stories by one network. */
export interface Seen {
  network: Pick<FeatureNetwork, "name" | "of">;
  real: Features;
  drawn: Features;
}

/** The Fréchet distance: FID of frames, FSD of stories; by the tower of a text encoder it is called neither. */
export function frechetMeasurement({ network, real, drawn }: Seen, protocol: Protocol): Measurement {
  const metric = network.name.startsWith("damsm-tower") ? "frechet" : network.of === "frames" ? "fid" : "fsd";
  const value = frechetDistance(moments(real.values, real.width), moments(drawn.values, drawn.width));
  return named(protocol, { metric, by: [network.name] }, { value });
}

/** KID × 1000, with the standard error over its subsets. */
export async function kidMeasurement({ network, real, drawn }: Seen, protocol: Protocol): Promise<Measurement> {
  const { value, standardError } = await kid(real, drawn, { seed: protocol.seed });
  return named(protocol, { metric: "kid", by: [network.name] }, {
    value: 1000 * value,
    standardError: 1000 * standardError,
  });
}

/** Story consistency, that of the real stories beside it; undefined where stories have one frame. */
export function consistencyMeasurement({ network, real, drawn }: Seen, protocol: Protocol): Measurement | undefined {
  const found = consistency(drawn);
  if (!found) return undefined;
  return named(protocol, { metric: "consistency", by: [network.name] }, {
    value: found.value,
    ...intervalOf(protocol, found.perStory),
    real: consistency(real)?.value,
  });
}
