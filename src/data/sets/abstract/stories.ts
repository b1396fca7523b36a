/**
 * Forms stories from scenes.
 *
 * The ten scenes of a set all illustrate one sentence, so a story is a part of one set: a window of T scenes with a
 * stride of one, as in the same authors' loader of Pororo-SV (six per set at T = 5), or disjoint windows (two per set
 * at T = 5). Unusable scenes are skipped and the next scene follows; the scenes of a set have no order in time.
 */
import { fail } from "../../../base/errors.ts";
import { random } from "../../../base/random.ts";
import type { Split } from "../../store/manifest.ts";
import type { SourceStory } from "../source.ts";
import { SETS } from "./scenes.ts";

export interface StoryOptions {
  stories: "windows" | "halves";
  /** T, number of scenes of a story. */
  frames: number;
  /** Number of sets for validation and for test; all others are for training. */
  val: number;
  test: number;
  /** Selects these sets. */
  seed: number;
}

/**
 * Assigns each set to one split, so that no scene and no sentence is in two splits.
 *
 * @throws UserError when no set is left for training
 */
export function splitSets(sets: number[], { val, test, seed }: StoryOptions): Map<number, Split> {
  if (val + test >= sets.length) {
    fail(
      `--val ${val} and --test ${test} leave none of the ${sets.length} sets of scenes for training; use smaller numbers.`,
    );
  }
  // Shuffle all possible sets, so that a skipped set changes the splits of few others.
  const all = Array.from({ length: SETS }, (_, set) => set);
  const shuffled = random(seed, "abstract", "split").shuffle(all).filter((set) => sets.includes(set));
  return new Map(shuffled.map((set, i) => [set, i < val ? "val" : i < val + test ? "test" : "train"]));
}

/**
 * The stories of all sets, in the order of the sets.
 *
 * @param scenes indices, 0 to 9, of the usable scenes of each set, in order
 * @returns stories whose frames are numbers of scenes, 10 × set + index
 * @throws UserError when no set is left for training
 */
export function formStories(scenes: Map<number, number[]>, options: StoryOptions): SourceStory[] {
  const { frames: length } = options;
  const long = [...scenes].filter(([, places]) => places.length >= length);
  const splits = splitSets(long.map(([set]) => set), options);
  return long.toSorted(([a], [b]) => a - b).flatMap(([set, places]) => {
    return Array.from({ length: countStories(places.length, options) }, (_, i) => {
      const from = i * strideOf(options);
      const story = places.slice(from, from + length);
      return { id: `${set}_${story[0]}`, split: splits.get(set)!, frames: story.map((place) => 10 * set + place) };
    });
  });
}

/** The number of stories of a set with so many usable scenes. */
export function countStories(scenes: number, options: Pick<StoryOptions, "stories" | "frames">): number {
  return Math.max(0, Math.floor((scenes - options.frames) / strideOf(options)) + 1);
}

function strideOf({ stories, frames }: Pick<StoryOptions, "stories" | "frames">): number {
  return stories === "windows" ? 1 : frames;
}
