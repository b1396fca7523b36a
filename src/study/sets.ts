/** Prepares the data sets of a study that the kit can make without a download. */
import { fail } from "../base/errors.ts";
import { prepareSet } from "../data/mod.ts";
import { readManifest } from "../data/store/manifest.ts";
import type { Study } from "./study.ts";

/** Settings of {@link prepareSets}. */
export interface SetOptions {
  /** Folder of all data sets. */
  data: string;
  say?: (text: string) => void;
  /** Called with the number of prepared frames of a set and their total. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Prepares those data sets of a study that do not exist yet. An existing one is kept: it may have another number of
 * stories (for a quick trial), but its other options must be the study's.
 *
 * @returns the names of the sets that were prepared.
 * @throws UserError when a set of that name has another source or other options, is damaged, or cannot be written.
 */
export async function prepareSets({ name: study, sets = [] }: Study, options: SetOptions): Promise<string[]> {
  const made: string[] = [];
  for (const { name, source, options: own } of sets) {
    const existing = (await readManifest(name, options.data))?.manifest;
    if (existing) {
      const differs = Object.keys(own).find((key) => key !== "stories" && String(existing.options[key]) !== own[key]);
      if (existing.source === source && differs === undefined) continue;
      const flags = asFlags(own);
      fail(
        `The study "${study}" needs a data set "${name}" made from ${source} with ${flags}, and the one in ` +
          `"${options.data}/${name}" has other options; remove that folder, or make the set: ` +
          `deno task prepare ${source} --name ${name} ${flags}.`,
      );
    }
    const { manifest } = await prepareSet(source, {
      name,
      root: options.data,
      options: own,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    });
    const { train, val, test } = manifest.stories;
    options.say?.(`prepared ${name}: ${train} training, ${val} validation and ${test} test stories`);
    made.push(name);
  }
  return made;
}

const asFlags = (options: Record<string, string>) =>
  Object.entries(options).map(([key, value]) => `--${key} ${value}`).join(" ");
