/**
 * Assigns windows to training, validation and test.
 *
 * Neighbouring windows share four of their five clips, so a split of single windows has most test pictures in training
 * too. The published split does this; ours assigns whole episodes.
 */
import { fail } from "../../../base/errors.ts";
import { random } from "../../../base/random.ts";
import type { Split } from "../../store/manifest.ts";
import type { BadInput } from "../source.ts";
import { episodeOf, type PororoFiles, readArray } from "./files.ts";
import { rowsOf, shown, type Windows } from "./windows.ts";

/** A window that is a story of a split. */
export interface SplitWindow {
  split: Split;
  clips: string[];
}

/** Files of the published splits, and the splits that their lists stand for, in order. */
export const idFiles = {
  published: { file: "train_test_ids.npy", lists: ["train", "test"] },
  "seen-unseen": { file: "train_seen_unseen_ids.npy", lists: ["train", "val", "test"] },
} as const;
export type Published = keyof typeof idFiles;

/**
 * The windows that an id file lists, in its order, and the number of those that are lost because of invalid input.
 *
 * "published" has no validation stories, but a checkpoint must not be selected by test stories: a random share
 * `holdout` of the training windows is used for validation, in the same way as the test stories were drawn.
 *
 * @throws UserError when the file is missing or has another number of lists
 */
export async function publishedSplit(
  files: PororoFiles,
  name: Published,
  windows: Windows,
  { holdout, seed }: { holdout: number; seed: number },
  bad: BadInput,
): Promise<{ windows: SplitWindow[]; lost: number }> {
  const { file, lists } = idFiles[name];
  const ids = await readArray(files, file);
  if (!ids) {
    fail(
      `The split "${name}" is read from ${file}, which "${files.archive.where}" does not have; add the file, or use ` +
        `--split episodes.`,
    );
  }
  const found = rowsOf(ids.array, ids.where);
  if (found.length !== lists.length) {
    fail(
      `${ids.where} has ${found.length} lists, expected ${lists.length}: ${
        lists.join(", ")
      }; check that it is the file of ` +
        `the split "${name}".`,
    );
  }
  const seen = new Map<number, string>();
  let lost = 0;
  const stories = lists.flatMap((split, i) =>
    found[i]!.flatMap((id, entry): SplitWindow[] => {
      const at = `${ids.where}, list ${i} (${split}), entry ${entry}`;
      if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= windows.length) {
        lost++;
        bad.drop(`${at}: ${shown(id)} is not the index of a story, expected 0 to ${windows.length - 1}.`);
      } else if (seen.has(id)) bad.drop(`${at}: story ${id} is already in the list ${seen.get(id)}.`);
      else {
        seen.set(id, split);
        const clips = windows[id];
        if (clips) return [{ split, clips }];
        lost++;
      }
      return [];
    })
  );
  return { windows: name === "published" ? withValidation(stories, holdout, seed) : stories, lost };
}

function withValidation(stories: SplitWindow[], holdout: number, seed: number): SplitWindow[] {
  const train = stories.filter(({ split }) => split === "train");
  const held = new Set(random(seed, "pororo", "validation").shuffle(train).slice(0, share(train.length, holdout)));
  return stories.map((story) => held.has(story) ? { ...story, split: "val" } : story);
}

/** All windows, split by episode: a share `holdout` of the episodes for validation, and as many for test. */
export function episodeSplit(windows: string[][], { holdout, seed }: { holdout: number; seed: number }): SplitWindow[] {
  const episodes = [...new Set(windows.map(([first]) => episodeOf(first!)))];
  if (episodes.length < 3) {
    fail(
      `A split by episode needs at least 3 episodes with five clips or more, but there are ${episodes.length}; give the ` +
        `path of a copy with more episodes.`,
    );
  }
  const shuffled = random(seed, "pororo", "episodes").shuffle(episodes);
  const held = share(episodes.length, holdout);
  const [test, val] = [new Set(shuffled.slice(0, held)), new Set(shuffled.slice(held, 2 * held))];
  return windows.map((clips) => {
    const episode = episodeOf(clips[0]!);
    return { clips, split: test.has(episode) ? "test" : val.has(episode) ? "val" : "train" };
  });
}

function share(count: number, part: number): number {
  return Math.max(1, Math.round(count * part));
}

/** Warnings about clips of validation and test stories that occur in training stories too. */
export function overlapWarnings(stories: SplitWindow[]): string[] {
  const clipsOf = (split: Split) =>
    new Set(stories.filter((story) => story.split === split).flatMap(({ clips }) => clips));
  const train = clipsOf("train");
  return (["val", "test"] as const).flatMap((split) => {
    const clips = clipsOf(split);
    const shared = [...clips].filter((clip) => train.has(clip)).length;
    if (shared === 0) return [];
    const percent = Math.round(100 * shared / clips.size);
    return `${shared} of the ${clips.size} frames of the ${split} stories (${percent} %) occur in training stories too: ` +
      `the windows overlap, so results on them are no estimate for new stories. Use --split episodes to avoid this.`;
  });
}
