/**
 * Lays scenes out as stories.
 *
 * The ten scenes of a set were all made from one sentence, so a set is what a story can be cut from: windows of T scenes
 * one scene apart, as the same authors' loader has them (six a set at T = 5), or disjoint pieces (two halves at T = 5).
 * Scenes that cannot be used are skipped and the next one follows: no order in time is lost, as there is none.
 */
import { fail } from "../../../base/errors.ts";
import { random } from "../../../base/random.ts";
import type { Split } from "../../store/manifest.ts";
import type { SourceStory } from "../source.ts";
import { SETS } from "./scenes.ts";

export interface Layout {
  stories: "windows" | "halves";
  /** T, scenes of a story. */
  frames: number;
  /** Sets for validation and for test; all others train. */
  val: number;
  test: number;
  /** Which sets these are. */
  seed: number;
}

/**
 * The split of every set, so that no scene and no sentence is in two.
 *
 * @throws UserError when no set is left for training.
 */
export function splitSets(sets: number[], { val, test, seed }: Layout): Map<number, Split> {
  if (val + test >= sets.length) {
    fail(
      `--val ${val} and --test ${test} leave none of the ${sets.length} sets of scenes for training; ask for fewer.`,
    );
  }
  // All sets there can be are shuffled, so that one that is left out hardly moves the others.
  const all = Array.from({ length: SETS }, (_, set) => set);
  const shuffled = random(seed, "abstract", "split").shuffle(all).filter((set) => sets.includes(set));
  return new Map(shuffled.map((set, i) => [set, i < val ? "val" : i < val + test ? "test" : "train"]));
}

/**
 * The stories of all sets, in the order of the sets.
 *
 * @param scenes of each set the usable scenes by their places, 0 to 9, in order
 * @returns stories whose frames are numbers of scenes, 10 × set + place
 * @throws UserError when no set is left for training.
 */
export function layOut(scenes: Map<number, number[]>, layout: Layout): SourceStory[] {
  const { frames: length } = layout;
  const long = [...scenes].filter(([, places]) => places.length >= length);
  const splits = splitSets(long.map(([set]) => set), layout);
  return long.toSorted(([a], [b]) => a - b).flatMap(([set, places]) => {
    const step = layout.stories === "windows" ? 1 : length;
    const count = Math.floor((places.length - length) / step) + 1;
    return Array.from({ length: count }, (_, i) => {
      const story = places.slice(i * step, i * step + length);
      return { id: `${set}_${story[0]}`, split: splits.get(set)!, frames: story.map((place) => 10 * set + place) };
    });
  });
}
