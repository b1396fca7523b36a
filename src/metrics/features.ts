/** Feature vectors of pictures and stories, and the networks that make them. */
import type { Tensor } from "../engine/mod.ts";

/** Feature vectors of a set of stories, one row after another, story by story. */
export interface Features {
  /** [stories·rows, width] */
  values: Float32Array;
  width: number;
  /** Rows of a story: T for frames, 1 for whole stories. */
  rows: number;
}

/** A network that turns pictures or whole stories into vectors. */
export interface FeatureNetwork {
  /** As it stands in a metric's name, e.g. `inception-2015-12-05` or `r2plus1d-18.published`. */
  name: string;
  /** SHA-256 of what it computes: weights file (or seed) and mode. Caches are keyed by it. */
  digest: string;
  of: "frames" | "stories";
  /** Numbers of a vector, D. */
  width: number;
  /**
   * Pictures [N, T, H, W, 3] in [-1, 1] to [N·T, D] for frames, [N, D] for stories; a row does not depend on the rest of
   * the batch. The caller owns the result.
   */
  features(images: Tensor): Tensor;
  dispose(): void;
}
