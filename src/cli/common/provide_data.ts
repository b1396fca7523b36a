/** Preparing the data set that a task is about to use, where it is missing. */
import { fail } from "../../base/errors.ts";
import { findSource, prepareSet, sourceNames } from "../../data/mod.ts";
import { readManifest } from "../../data/store/manifest.ts";
import { dataRoot } from "../../records/folder.ts";
import { findStudySet } from "../../study/studies.ts";
import { type Progress, progress } from "./progress.ts";

/** A progress bar for the preparation of a set. It appears with the first report; call `done` in any case. */
export function preparationProgress(): { onProgress(done: number, total: number): void; done(): void } {
  let bar: Progress | undefined;
  return {
    onProgress: (done, total) => (bar ??= progress("Preparing", total, "frames")).update(done),
    done: () => bar?.done(),
  };
}

/**
 * Prepares a data set that is missing, if the kit can make it without a download: clipart, and the sets that studies
 * derive from it. An existing set is left as it is, whatever its size.
 *
 * @param log receives one line about a set that was prepared
 * @throws UserError when the set is damaged, cannot be written, or needs a download.
 */
export async function provideData(name: string, log: (text: string) => void): Promise<void> {
  const root = dataRoot();
  if (await readManifest(name, root)) return;
  const { source, options } = findStudySet(name) ?? { source: name };
  if (!sourceNames().includes(source) || (await findSource(source)).from) {
    const how = sourceNames().includes(name) ? `${name} --from PATH` : `folder --from PATH --name ${name}`;
    fail(
      `The data set "${name}" is not prepared: run \`deno task prepare ${how}\`. ` +
        `The kit knows ${sourceNames().join(", ")}; see data/readme.md.`,
    );
  }
  const { onProgress, done } = preparationProgress();
  const settings = { name, root, onProgress, ...(options ? { options } : {}) };
  const { stories } = (await prepareSet(source, settings).finally(done)).manifest;
  log(`prepared ${name}: ${stories.train} training, ${stories.val} validation and ${stories.test} test stories`);
}
