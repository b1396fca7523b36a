/**
 * The floor of a distance: how far real stories lie from other real stories.
 *
 * No two finite sets have the same mean and covariance, so even perfect drawings would not reach 0; the fewer stories, the
 * higher the floor. A number is read against it, and numbers of different story counts are not compared.
 */
import { fail } from "../base/errors.ts";
import type { Split, StorySet } from "../data/store/stories.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { frechet } from "../metrics/frechet.ts";
import { featuresOf } from "./features.ts";
import { realGallery } from "./gallery.ts";

/** The distance of n real stories to n others. */
export interface Floor {
  stories: number;
  distance: number;
}

/**
 * Fréchet distances between two halves of the first 2n stories of a split, for each n.
 *
 * @throws UserError where the split has too few stories.
 */
export async function realAgainstReal(
  network: FeatureNetwork,
  set: StorySet,
  sizes: number[],
  split: Split = "train",
): Promise<Floor[]> {
  const most = 2 * Math.max(...sizes);
  const stories = set.split(split).slice(0, most);
  if (stories.length < most) {
    fail(`Two times ${most / 2} stories are asked for, and the split ${split} of "${set.name}" has ${stories.length}.`);
  }
  const watch = {};
  const keep = { pictures: [set.digest, split] };
  const all = await featuresOf(network, realGallery(set, stories), { what: "real stories", batch: 8, keep, watch });
  return sizes.map((n) => ({ stories: n, distance: frechet(part(all, 0, n), part(all, n, 2 * n)) }));
}

/** Features of stories `from` to `to`. */
function part({ values, width, rows }: Features, from: number, to: number): Features {
  return { values: values.subarray(from * rows * width, to * rows * width), width, rows };
}
