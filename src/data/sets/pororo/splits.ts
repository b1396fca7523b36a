/**
 * Which windows are for training, validation and test.
 *
 * Neighbouring windows share four of their five clips, so a split that deals windows out singly shows most test
 * pictures in training. The published split does; ours deals out whole episodes.
 */
import { fail } from "../../../base/errors.ts";
import { random } from "../../../base/random.ts";
import type { Split } from "../../store/manifest.ts";
import type { BadInput } from "../source.ts";
import { episodeOf, type Layout, readArray } from "./files.ts";
import { rowsOf, shown, type Windows } from "./windows.ts";

/** A window that is a story of a split. */
export interface Dealt {
  split: Split;
  clips: string[];
}

/** Files of the published splits, and what their lists are, in order. */
export const idFiles = {
  published: { file: "train_test_ids.npy", lists: ["train", "test"] },
  "seen-unseen": { file: "train_seen_unseen_ids.npy", lists: ["train", "val", "test"] },
} as const;
export type Published = keyof typeof idFiles;

/**
 * The windows as an id file lists them, in its order.
 *
 * "published" has no validation stories, and a model must not be chosen by its test stories: the share `holdout` of the
 * training windows is drawn for it, in the same manner as the test stories were.
 */
export async function publishedSplit(
  layout: Layout,
  name: Published,
  windows: Windows,
  { holdout, seed }: { holdout: number; seed: number },
  bad: BadInput,
): Promise<Dealt[]> {
  const { file, lists } = idFiles[name];
  const ids = await readArray(layout, file);
  if (!ids) {
    fail(
      `The split "${name}" is read from ${file}, which "${layout.archive.where}" does not have; bring it, or choose ` +
        `--split episodes.`,
    );
  }
  const found = rowsOf(ids.array, ids.where);
  if (found.length !== lists.length) {
    fail(`${ids.where} has ${found.length} lists; ${lists.length} were expected: ${lists.join(", ")}.`);
  }
  const seen = new Map<number, string>();
  const dealt = lists.flatMap((split, i) =>
    found[i]!.flatMap((id, entry): Dealt[] => {
      const at = `${ids.where}, list ${i} (${split}), entry ${entry}`;
      if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id >= windows.length) {
        bad.drop(`${at}: ${shown(id)} is no number of a story; there are ${windows.length}, counted from 0.`);
      } else if (seen.has(id)) bad.drop(`${at}: story ${id} is in the list ${seen.get(id)} already.`);
      else {
        seen.set(id, split);
        const clips = windows[id];
        return clips ? [{ split, clips }] : [];
      }
      return [];
    })
  );
  return name === "published" ? withValidation(dealt, holdout, seed) : dealt;
}

function withValidation(dealt: Dealt[], holdout: number, seed: number): Dealt[] {
  const train = dealt.filter(({ split }) => split === "train");
  const held = new Set(random(seed, "pororo", "validation").shuffle(train).slice(0, share(train.length, holdout)));
  return dealt.map((story) => held.has(story) ? { ...story, split: "val" } : story);
}

/** All windows, by episode: the share `holdout` of the episodes for validation, as many for test. */
export function episodeSplit(windows: string[][], { holdout, seed }: { holdout: number; seed: number }): Dealt[] {
  const episodes = [...new Set(windows.map(([first]) => episodeOf(first!)))];
  if (episodes.length < 3) {
    fail(`A split by episode needs at least 3 episodes with five clips or more, and there are ${episodes.length}.`);
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

/** Says how many clips of the held-out stories occur in training stories too, where any do. */
export function overlapWarnings(stories: Dealt[]): string[] {
  const clipsOf = (split: Split) =>
    new Set(stories.filter((story) => story.split === split).flatMap(({ clips }) => clips));
  const train = clipsOf("train");
  return (["val", "test"] as const).flatMap((split) => {
    const clips = clipsOf(split);
    const shared = [...clips].filter((clip) => train.has(clip)).length;
    if (shared === 0) return [];
    const percent = Math.round(100 * shared / clips.size);
    return `${shared} of the ${clips.size} frames of the ${split} stories (${percent} %) occur in training stories too: ` +
      `the windows overlap. A result on them says little about new stories; --split episodes keeps episodes apart.`;
  });
}
