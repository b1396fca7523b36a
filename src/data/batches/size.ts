/** The size of a batch, and the check that the training split is large enough for it. */
import { fail } from "../../base/errors.ts";
import type { StorySet } from "../store/stories.ts";

/** The samples in a batch, and the configuration key that sets them, for errors: `size` is `factor` times its value. */
export interface BatchSize {
  size: number;
  sizeKey: string;
  /** Default: 1. */
  factor?: number;
}

/**
 * Refuses a batch larger than the training split, since no batch holds a story twice.
 *
 * @throws UserError naming the configuration key and the largest value that it may have.
 */
export function checkSize(set: StorySet, { size, sizeKey, factor = 1 }: BatchSize): void {
  const stories = set.split("train").length;
  if (size <= stories) return;
  const samples = factor === 1 ? "" : ` for batches of ${size} samples`;
  fail(
    `${sizeKey} is ${size / factor}${samples}, but the data set "${set.name}" has only ${stories} training stories; ` +
      `set ${sizeKey}=${Math.floor(stories / factor)}.`,
  );
}
