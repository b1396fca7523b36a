/** Making the data sets that a study needs and that the kit can make by itself. */
import { fail } from "../base/errors.ts";
import { prepareSet } from "../data/mod.ts";
import { readManifest } from "../data/store/manifest.ts";
import type { Study } from "./study.ts";

/** Settings of {@link prepareSets}. */
export interface SetOptions {
  /** Folder of all data sets. */
  data: string;
  say?: (text: string) => void;
  /** Hears how many of a set's frames are done. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Prepares what is not there yet of a study's sets. One that is there is left as it is, so that a smaller one can be put
 * in its place, but it must be of the same kind.
 *
 * @returns the names of the sets that were made
 * @throws UserError when a set of that name was made from something else, is damaged, or cannot be written.
 */
export async function prepareSets({ name: study, sets = [] }: Study, options: SetOptions): Promise<string[]> {
  const made: string[] = [];
  for (const { name, source, options: own } of sets) {
    const there = (await readManifest(name, options.data))?.manifest;
    if (there) {
      const differs = Object.keys(own).find((key) => key !== "stories" && String(there.options[key]) !== own[key]);
      if (there.source === source && differs === undefined) continue;
      fail(
        `The study "${study}" needs "${name}" made from ${source} with ${
          asFlags(own)
        }, and the one that is there was ` +
          `made otherwise; remove ${options.data}/${name}, or make it: deno task prepare ${source} --name ${name} ` +
          `${asFlags(own)}.`,
      );
    }
    const { manifest } = await prepareSet(source, {
      name,
      root: options.data,
      options: own,
      onProgress: options.onProgress,
    });
    const { train, val, test } = manifest.stories;
    options.say?.(`prepared ${name}: ${train} training, ${val} validation and ${test} test stories`);
    made.push(name);
  }
  return made;
}

const asFlags = (options: Record<string, string>) =>
  Object.entries(options).map(([key, value]) => `--${key} ${value}`).join(" ");
