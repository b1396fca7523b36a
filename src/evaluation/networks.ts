/** Selects feature networks: the requested ones, or the published ones where their weights are present. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import { hasWeights, networkNames, networksOfWeights } from "../metrics/networks.ts";

/** The image encoder of the text encoder, as `--networks` and metric names call it. */
export const imageEncoderName = "damsm-tower";

/** Whether a network is an image encoder, whatever its digest. */
export function isImageEncoder({ name }: { name: string }): boolean {
  return name.startsWith(`${imageEncoderName}:`);
}

/** Published networks, the name under which their weights are fetched, and their substitutes. */
const choices = [
  { published: ["inception-2015-12-05"], fetched: "inception-fid", substitutes: ["inception-nsfwjs"] },
  {
    published: ["r2plus1d-18.published", "r2plus1d-18.kinetics"],
    fetched: "r2plus1d-18",
    substitutes: ["r2plus1d-random.published", "r2plus1d-random.kinetics"],
  },
];

/**
 * The networks of an evaluation where none are named: published ones whose weights are present, substitutes for the
 * others (never both), and the image encoder where there is a text encoder.
 *
 * @param root the folder of all data sets, which contains `weights`
 * @param say called with the command that brings missing weights
 */
export function defaultNetworks(root: string, imageEncoder: boolean, say: (text: string) => void): string[] {
  const chosen = choices.flatMap(({ published, fetched, substitutes }) => {
    if (published.every((name) => hasWeights(name, root))) return published;
    const here = substitutes.filter((name) => hasWeights(name, root));
    const instead = here.length > 0 ? `${here.join(" and ")} ${here.length > 1 ? "are" : "is"} used instead` : (
      `it is left out (${substitutes.map((name) => `deno task fetch weights ${name}`).join()} brings a substitute)`
    );
    say(
      `${
        published.join(" and ")
      }: the weights are missing, so ${instead}; deno task fetch weights ${fetched} brings them`,
    );
    return here;
  });
  return imageEncoder ? [...chosen, imageEncoderName] : chosen;
}

/**
 * The networks of an evaluation: the named ones, those that a file of weights fits, or {@link defaultNetworks}.
 *
 * @throws UserError for an unknown name, or a file that fits no network.
 */
export async function chooseNetworks(
  { networks, weights, say = () => {} }: {
    networks?: string[] | undefined;
    weights?: string | undefined;
    say?(text: string): void;
  },
  root: string,
  imageEncoder: boolean,
): Promise<string[]> {
  if (networks !== undefined) return checkNetworks(networks);
  return weights === undefined ? defaultNetworks(root, imageEncoder, say) : await networksOfWeights(weights);
}

/**
 * Checks names of networks and removes repetitions.
 *
 * @throws UserError for an unknown name, with the nearest known one.
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
