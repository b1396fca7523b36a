/**
 * Pororo-SV: stories of five clips of an animated series, with captions, in the file format of StoryGAN and its
 * successors.
 *
 * A clip is a strip of frames, of which training uses one at random; data/pororo/readme.md describes the files.
 */
import { z } from "zod";
import { counted } from "../../../base/text.ts";
import { fail } from "../../../base/errors.ts";
import { type Captions, readCaptions } from "./captions.ts";
import { findFiles, type PororoFiles, sideFile, unusedFiles } from "./files.ts";
import { characters, readLabels } from "./labels.ts";
import { episodeSplit, idFiles, overlapWarnings, type Published, publishedSplit, type SplitWindow } from "./splits.ts";
import { readStrip } from "./strip.ts";
import { allWindows, cachedWindows, LENGTH, publishedWindows, readCounts } from "./windows.ts";
import { splits } from "../../store/manifest.ts";
import { type BadInput, setSource, type SourceFrame } from "../source.ts";

const options = z.object({
  split: z.enum(["auto", "published", "seen-unseen", "episodes"]).default("auto").describe(
    "published (train_test_ids.npy: overlapping windows), seen-unseen (train_seen_unseen_ids.npy), or episodes (whole " +
      "episodes, no file needed); auto is the first of these whose file exists",
  ),
  pictures: z.coerce.number().int().min(0).default(0).describe("frames kept of each clip, evenly spread; 0 keeps all"),
  holdout: z.coerce.number().gt(0).max(0.4).default(0.1).describe(
    "share of the episodes for validation, and as much for test; with published, share of the training windows",
  ),
  seed: z.coerce.number().int().min(0).default(1).describe("selects which episodes or windows these are"),
});
type Options = z.infer<typeof options>;

export const source = setSource({
  name: "pororo",
  version: 1,
  about: "Pororo-SV: stories of five clips, from strips, descriptions and .npy files",
  from: true,
  options,
  async open(options, bad, archive) {
    const files = findFiles(archive!);
    const captions = await readCaptions(files, bad);
    const labels = await readLabels(files, bad);
    const { windows, warnings, lost } = await splitWindows(files, captions, options, bad);

    const problemOf = (key: string) =>
      !files.strips.has(key)
        ? `"${files.archive.where}" has no strip "${key}.png"`
        : !captions.of.has(key)
        ? `${captions.where} has no caption for "${key}"`
        : labels && !labels.has(key)
        ? `labels.npy has no label for "${key}"`
        : undefined;
    const usable = usableClips(windows, problemOf, bad);
    const stories = windows.filter(({ clips }) => clips.every((key) => usable.has(key)));
    for (const split of splits) {
      if (!stories.some((story) => story.split === split)) {
        fail(
          `"${
            archive!.where
          }" has no usable story for the split "${split}"; run again without --skip-bad to get the first ` +
            `error, or use another --split.`,
        );
      }
    }

    const frames: SourceFrame[] = [];
    const numbers = new Map<string, number>(); // index of a frame by its key: a clip of five stories is decoded once
    const numberOf = (key: string) => {
      const path = files.strips.get(key)!;
      if (!numbers.has(key)) {
        numbers.set(key, frames.length);
        frames.push({
          id: key,
          captions: captions.of.get(key)!.map((text) => ({ text })),
          labels: labels?.get(key),
          pictures: async (remark) => {
            const where = `"${path}" in "${files.archive.where}"`;
            return await readStrip(await files.archive.read(path), where, options.pictures, remark);
          },
        });
      }
      return numbers.get(key)!;
    };
    return {
      length: LENGTH,
      stories: stories.map(({ split, clips }) => ({ id: clips[0]!, split, frames: clips.map(numberOf) })),
      frames,
      labels: labels && characters,
      lost: lost + windows.length - stories.length,
      warnings: [...files.warnings, ...captions.warnings, ...warnings, ...overlapWarnings(stories)],
      findings: () => notUsed(files),
    };
  },
});

/** The stories of the requested split, warnings about them, and the number of those that are lost. */
async function splitWindows(
  files: PororoFiles,
  captions: Captions,
  options: Options,
  bad: BadInput,
): Promise<{ windows: SplitWindow[]; warnings: string[]; lost: number }> {
  const counts = await readCounts(files, bad);
  const present = (Object.keys(idFiles) as Published[]).find((name) => sideFile(files, idFiles[name].file));
  const split = options.split === "auto" ? present ?? "episodes" : options.split;
  if (split === "episodes") return { windows: episodeSplit(allWindows(files, counts), options), warnings: [], lost: 0 };
  const cached = await cachedWindows(files, bad);
  const all = cached ?? publishedWindows(counts, captions.of.keys(), bad);
  const { windows, lost } = await publishedSplit(files, split, all, options, bad);
  const warnings: string[] = [];
  if (!cached) {
    const unstated = [...counts.of.keys()].filter((episode) => !counts.stated.has(episode)).length;
    warnings.push(
      `There is no img_cache4.npy: the indices in ${
        idFiles[split].file
      } refer to the windows of the clips in the order ` +
        `of the published loaders` +
        (unstated === 0
          ? ", numbered by frames_counter.npy"
          : `; ${
            counted(unstated, "episode has", "episodes have")
          } no number of clips in frames_counter.npy, and the ` +
            "last strip was taken to be the last clip"),
    );
  }
  if (split === "published") {
    warnings.push(
      `The published split has no validation stories, and checkpoints must not be selected by test stories: ` +
        `${windows.filter((story) => story.split === "val").length} of its training stories are used for validation.`,
    );
  }
  return { windows, warnings, lost };
}

/** The clips of these stories that are complete; each of the others is reported once. */
function usableClips(
  stories: SplitWindow[],
  problemOf: (key: string) => string | undefined,
  bad: BadInput,
): Set<string> {
  const usable = new Set<string>();
  for (const key of new Set(stories.flatMap(({ clips }) => clips))) {
    const problem = problemOf(key);
    if (problem) bad.drop(`${problem}.`);
    else usable.add(key);
  }
  return usable;
}

function notUsed(files: PororoFiles): string[] {
  const found = unusedFiles.filter((name) => sideFile(files, name));
  return found.length === 0 ? [] : [`Not used: ${found.join(", ")}; the text encoder is trained on the captions.`];
}
