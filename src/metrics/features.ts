/** Feature vectors of pictures and stories, and the networks that compute them. */
import type { Tensor } from "../engine/mod.ts";

/** Feature vectors of a set of stories, row after row, ordered by story. */
export interface Features {
  /** [stories·rows, width] */
  values: Float32Array;
  width: number;
  /** Rows per story: T for features of frames, 1 for features of whole stories. */
  rows: number;
}

/** A network that maps frames or whole stories to feature vectors. */
export interface FeatureNetwork {
  /** Its name in metric names, e.g. `inception-2015-12-05` or `r2plus1d-18.published`. */
  name: string;
  /** SHA-256 of all that determines its output: weights file (or seed) and mode. Cached features are keyed by it. */
  digest: string;
  of: "frames" | "stories";
  /** D, the length of a feature vector. */
  width: number;
  /**
   * Maps pictures [N, T, H, W, 3] in [-1, 1] to [N·T, D] for frames, or to [N, D] for stories. A row does not depend on
   * the rest of the batch. The caller disposes of the result.
   */
  features(images: Tensor): Tensor;
  dispose(): void;
}
