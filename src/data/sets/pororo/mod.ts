/**
 * Pororo-SV: stories of five clips of a cartoon, with captions, in the layout that StoryGAN's descendants share.
 *
 * A clip is a strip of frames, of which training takes one at random; data/pororo/readme.md describes the files.
 */
import { z } from "zod";
import { fail } from "../../../base/errors.ts";
import { readCaptions } from "./captions.ts";
import { findLayout, type Layout, sideFile, unusedFiles } from "./files.ts";
import { characters, readLabels } from "./labels.ts";
import { type Dealt, episodeSplit, idFiles, overlapWarnings, type Published, publishedSplit } from "./splits.ts";
import { readStrip } from "./strip.ts";
import { allWindows, cachedWindows, LENGTH, publishedWindows, readCounts } from "./windows.ts";
import { splits } from "../../store/manifest.ts";
import { type BadInput, setSource, type SourceFrame } from "../source.ts";

const options = z.object({
  split: z.enum(["auto", "published", "seen-unseen", "episodes"]).default("auto").describe(
    "published (train_test_ids.npy: overlapping windows), seen-unseen (train_seen_unseen_ids.npy), or ours by episode; " +
      "auto takes the first of them whose file is there",
  ),
  pictures: z.coerce.number().int().min(0).default(0).describe("frames kept of each clip, evenly spread; 0 keeps all"),
  holdout: z.coerce.number().gt(0).max(0.4).default(0.1).describe(
    "share for validation: of the episodes, and as much for test; with published, of the training windows",
  ),
  seed: z.coerce.number().int().min(0).default(1).describe("which episodes or windows are held out"),
});
type Options = z.infer<typeof options>;

export const source = setSource({
  name: "pororo",
  version: 1,
  about: "Pororo-SV: five clips a story, from strips, descriptions and the .npy side files",
  from: true,
  options,
  async open(options, bad, archive) {
    const layout = findLayout(archive!);
    const captions = await readCaptions(layout, bad);
    const labels = await readLabels(layout, bad);
    const { dealt, warnings } = await deal(layout, options, bad);

    const problemOf = (key: string) =>
      !layout.strips.has(key)
        ? `"${layout.archive.where}" has no strip "${key}.png"`
        : !captions.of.has(key)
        ? `${captions.where} has no caption for "${key}"`
        : labels && !labels.has(key)
        ? `labels.npy has no label for "${key}"`
        : undefined;
    const usable = usableClips(dealt, problemOf, bad);
    const stories = dealt.filter(({ clips }) => clips.every((key) => usable.has(key)));
    for (const split of splits) {
      if (!stories.some((story) => story.split === split)) fail(`Nothing is left for ${split} of "${archive!.where}".`);
    }

    const frames: SourceFrame[] = [];
    const numbers = new Map<string, number>(); // frames by key, so that a clip of five stories is decoded once
    const numberOf = (key: string) => {
      const path = layout.strips.get(key)!;
      if (!numbers.has(key)) {
        numbers.set(key, frames.length);
        frames.push({
          id: key,
          captions: captions.of.get(key)!.map((text) => ({ text })),
          labels: labels?.get(key),
          pictures: async () => {
            const where = `"${path}" in "${layout.archive.where}"`;
            return await readStrip(await layout.archive.read(path), where, options.pictures);
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
      warnings: [...layout.warnings, ...warnings, ...overlapWarnings(stories)],
      findings: () => notUsed(layout),
    };
  },
});

/** The stories of the split that was asked for, and what to say about them. */
async function deal(
  layout: Layout,
  options: Options,
  bad: BadInput,
): Promise<{ dealt: Dealt[]; warnings: string[] }> {
  const counts = await readCounts(layout, bad);
  const present = (Object.keys(idFiles) as Published[]).find((name) => sideFile(layout, idFiles[name].file));
  const split = options.split === "auto" ? present ?? "episodes" : options.split;
  if (split === "episodes") return { dealt: episodeSplit(allWindows(counts), options), warnings: [] };
  const cached = await cachedWindows(layout, bad);
  const dealt = await publishedSplit(layout, split, cached ?? publishedWindows(layout, counts), options, bad);
  const warnings: string[] = [];
  if (!cached) {
    warnings.push(
      `There is no img_cache4.npy: ${
        idFiles[split].file
      } was read as counting the windows of the strips in the order ` +
        `of the published loaders, which is right only if no strip is missing.`,
    );
  }
  if (split === "published") {
    warnings.push(
      `The published split has no validation stories, and models must not be chosen by test stories: ` +
        `${dealt.filter((story) => story.split === "val").length} of its training stories validate instead.`,
    );
  }
  return { dealt, warnings };
}

/** The clips of these stories that nothing is missing of; each of the others is reported once. */
function usableClips(stories: Dealt[], problemOf: (key: string) => string | undefined, bad: BadInput): Set<string> {
  const usable = new Set<string>();
  for (const key of new Set(stories.flatMap(({ clips }) => clips))) {
    const problem = problemOf(key);
    if (problem) bad.drop(`${problem}; the stories with this clip are left out.`);
    else usable.add(key);
  }
  return usable;
}

function notUsed(layout: Layout): string[] {
  const found = unusedFiles.filter((name) => sideFile(layout, name));
  return found.length === 0 ? [] : [`Not used: ${found.join(", ")}; text is encoded by the kit's own encoder.`];
}
