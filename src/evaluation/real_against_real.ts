/**
 * The distance between real stories and other real stories, which is the reference for the distance of generated ones.
 *
 * Two finite samples never have the same mean and covariance, so even perfect pictures would not reach 0, and fewer
 * stories give a larger distance. For the same reason numbers of different story counts must not be compared.
 */
import { fail } from "../base/errors.ts";
import type { Split, StorySet } from "../data/store/stories.ts";
import type { FeatureNetwork, Features } from "../metrics/features.ts";
import { frechet } from "../metrics/frechet.ts";
import { featuresOf } from "./features.ts";
import { realGallery } from "./gallery.ts";

/** The distance between n real stories and n others. */
export interface RealDistance {
  stories: number;
  distance: number;
}

/**
 * Fréchet distances between the first n and the next n stories of a split, for each n of `sizes`.
 *
 * @throws UserError where the split has too few stories.
 */
export async function realAgainstReal(
  network: FeatureNetwork,
  set: StorySet,
  sizes: number[],
  split: Split = "train",
): Promise<RealDistance[]> {
  const most = 2 * Math.max(...sizes);
  const stories = set.split(split).slice(0, most);
  if (stories.length < most) {
    fail(
      `Two times ${
        most / 2
      } stories are needed, and the split ${split} of "${set.name}" has ${stories.length}; choose a smaller size.`,
    );
  }
  const watch = {};
  const cache = { pictures: [set.digest, split] };
  const all = await featuresOf(network, realGallery(set, stories), { what: "real stories", batch: 8, cache, watch });
  return sizes.map((n) => ({ stories: n, distance: frechet(storiesOf(all, 0, n), storiesOf(all, n, 2 * n)) }));
}

/** Features of the stories `from` to `to`. */
function storiesOf({ values, width, rows }: Features, from: number, to: number): Features {
  return { values: values.subarray(from * rows * width, to * rows * width), width, rows };
}
