/** Making the data set that a task is about to use, where it is not there yet. */
import type { Config } from "../base/config.ts";
import { prepareClipart } from "../data/mod.ts";
import { readManifest } from "../data/manifest.ts";
import { dataRoot } from "../runs/folder.ts";
import { type Progress, progress } from "./progress.ts";

/**
 * Prepares a data set that is not there. One that is there is left as it is, whatever its size.
 *
 * @throws UserError when the set is there but damaged, or cannot be written.
 */
export async function provideData(name: Config["data"]["name"], say: (text: string) => void): Promise<void> {
  const root = dataRoot();
  if (await readManifest(name, root)) return;
  let bar: Progress | undefined;
  const onProgress = (done: number, total: number) =>
    (bar ??= progress("Composing stories", total, "stories")).update(done);
  const { stories } = await prepareClipart({ root, onProgress }).finally(() => bar?.done());
  say(`prepared ${name}: ${stories.train} training, ${stories.val} validation and ${stories.test} test stories`);
}
