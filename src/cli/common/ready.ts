/** Making the data set that a task is about to use, where it is not there yet. */
import { fail } from "../../base/errors.ts";
import { findSource, prepareSet, sourceNames } from "../../data/mod.ts";
import { readManifest } from "../../data/store/manifest.ts";
import { dataRoot } from "../../records/folder.ts";
import { findStudySet } from "../../study/studies.ts";
import { type Progress, progress } from "./progress.ts";

/** The progress of reading or drawing pictures: shown from its first report on, `done` in any case. */
export function preparing(): { onProgress(done: number, total: number): void; done(): void } {
  let bar: Progress | undefined;
  return {
    onProgress: (done, total) => (bar ??= progress("Preparing", total, "frames")).update(done),
    done: () => bar?.done(),
  };
}

/**
 * Prepares a data set that is not there, if the kit can make it by itself: clipart, and what studies make of it. One that
 * is there is left as it is, whatever its size.
 *
 * @throws UserError when the set is there but damaged, cannot be written, or has to be got by the user.
 */
export async function provideData(name: string, say: (text: string) => void): Promise<void> {
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
  const { onProgress, done } = preparing();
  const { stories } = (await prepareSet(source, { name, root, options, onProgress }).finally(done)).manifest;
  say(`prepared ${name}: ${stories.train} training, ${stories.val} validation and ${stories.test} test stories`);
}
