/** The size of a batch, and the check that the training split is large enough for it. */
import { leastBatch } from "../../base/config.ts";
import { counted } from "../../base/text.ts";
import { fail } from "../../base/errors.ts";
import type { Split, StorySet } from "../store/stories.ts";

/** The samples in a batch, and the configuration key that sets them, for errors: `size` is `factor` times its value. */
export interface BatchSize {
  size: number;
  sizeKey: string;
  /** Default: 1. */
  factor?: number;
}

/**
 * What keeps a set of so many stories from being trained on, as the end of a sentence; undefined where nothing does.
 *
 * @param frames T, of a story
 */
export function tooSmall({ train, val }: Pick<Record<Split, number>, "train" | "val">, frames: number): string | void {
  if (train < leastBatch) {
    return `it has ${counted(train, "training story", "training stories")}, and a batch at least ${leastBatch}`;
  }
  if (val === 0) return "it has no validation stories, by which the best checkpoint is chosen";
  if (val * frames < 2) return "it has one validation frame, and a distance between frames needs two";
}

/**
 * Refuses a batch larger than the training split, since no batch holds a story twice.
 *
 * @throws UserError naming the configuration key and the largest value that it may have, if there is one.
 */
export function checkSize(set: StorySet, { size, sizeKey, factor = 1 }: BatchSize): void {
  const stories = set.split("train").length;
  if (size <= stories) return;
  const most = Math.floor(stories / factor);
  const samples = factor === 1 ? "" : ` for batches of ${size} samples`;
  fail(
    `${sizeKey} is ${size / factor}${samples}, but the data set "${set.name}" has only ${
      counted(stories, "training story", "training stories")
    }; ` + (most < leastBatch ? `add some, at least ${leastBatch * factor} in all.` : `set ${sizeKey}=${most}.`),
  );
}
