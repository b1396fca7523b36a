/** Which feature networks judge: those that are asked for, or the published ones where they are here. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import { hasWeights, networkNames } from "../metrics/networks.ts";

/** The image tower of the text encoder, as `--networks` calls it. */
export const imageEncoderName = "damsm-tower";

/** Whether a network is such a tower, whatever its digest. */
export function isImageEncoder({ name }: { name: string }): boolean {
  return name.startsWith(`${imageEncoderName}:`);
}

/** Published networks, what brings their weights, and what stands in for them meanwhile. */
const choices = [
  { published: ["inception-2015-12-05"], fetched: "inception-fid", standIns: ["inception-nsfwjs"] },
  {
    published: ["r2plus1d-18.published", "r2plus1d-18.kinetics"],
    fetched: "r2plus1d-18",
    standIns: ["r2plus1d-random.published", "r2plus1d-random.kinetics"],
  },
];

/**
 * The networks that judge where none are named: published ones whose weights are here, stand-ins for the others (never
 * both), and the encoder's tower where there is an encoder.
 *
 * @param root the folder of data sets, in which `weights` lies
 * @param say told what would bring the published ones
 */
export function defaultNetworks(root: string, tower: boolean, say: (text: string) => void): string[] {
  const chosen = choices.flatMap(({ published, fetched, standIns }) => {
    if (published.every((name) => hasWeights(name, root))) return published;
    const here = standIns.filter((name) => hasWeights(name, root));
    const instead = here.length > 0 ? `${here.join(" and ")} judge${here.length > 1 ? "" : "s"} instead` : (
      `nothing stands in for it (${standIns.map((name) => `deno task fetch weights ${name}`).join()} brings a stand-in)`
    );
    say(`${published.join(" and ")}: no weights here, so ${instead}; deno task fetch weights ${fetched} brings them`);
    return here;
  });
  return tower ? [...chosen, imageEncoderName] : chosen;
}

/**
 * Names that were asked for, checked.
 *
 * @throws UserError for one that is not there, naming the nearest.
 */
export function checkNetworks(names: string[]): string[] {
  const known = [...networkNames, imageEncoderName];
  for (const name of names) {
    if (known.includes(name)) continue;
    const nearest = known.reduce((a, b) => distance(name, b) < distance(name, a) ? b : a);
    fail(`There is no feature network "${name}"; the nearest is "${nearest}", and all are ${known.join(", ")}.`);
  }
  return [...new Set(names)];
}
