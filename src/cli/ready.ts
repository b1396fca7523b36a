/** Making the data set that a task is about to use, where it is not there yet. */
import type { Config } from "../base/config.ts";
import { prepareClipart } from "../data/mod.ts";
import { readManifest } from "../data/manifest.ts";
import { dataRoot } from "../runs/folder.ts";
import { type Progress, progress } from "./progress.ts";

/** The progress of composing stories: shown from its first report on, `done` in any case. */
export function composing(): { onProgress(done: number, total: number): void; done(): void } {
  let bar: Progress | undefined;
  return {
    onProgress: (done, total) => (bar ??= progress("Composing stories", total, "stories")).update(done),
    done: () => bar?.done(),
  };
}

/**
 * Prepares a data set that is not there. One that is there is left as it is, whatever its size.
 *
 * @throws UserError when the set is there but damaged, or cannot be written.
 */
export async function provideData(name: Config["data"]["name"], say: (text: string) => void): Promise<void> {
  const root = dataRoot();
  if (await readManifest(name, root)) return;
  const { onProgress, done } = composing();
  const { stories } = await prepareClipart({ root, onProgress }).finally(done);
  say(`prepared ${name}: ${stories.train} training, ${stories.val} validation and ${stories.test} test stories`);
}
