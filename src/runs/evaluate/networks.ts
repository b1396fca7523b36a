/** Which feature networks judge: those that are asked for, or the published ones where they are here. */
import { distance } from "fastest-levenshtein";
import { fail } from "../../base/errors.ts";
import { networkNames } from "../../metrics/networks.ts";

/** The image tower of the text encoder, as `--networks` calls it. */
export const towerName = "damsm-tower";

/**
 * Names that were asked for, checked.
 *
 * @throws UserError for one that is not there, naming the nearest.
 */
export function checkNetworks(names: string[]): string[] {
  const known = [...networkNames, towerName];
  for (const name of names) {
    if (known.includes(name)) continue;
    const nearest = known.reduce((a, b) => distance(name, b) < distance(name, a) ? b : a);
    fail(`There is no feature network "${name}"; the nearest is "${nearest}", and all are ${known.join(", ")}.`);
  }
  return [...new Set(names)];
}
