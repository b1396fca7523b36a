/** Writes stories as a folder that `deno task prepare folder` reads, as a template for a user's own stories. */
import sharp from "sharp";
import { fail } from "../../../base/errors.ts";
import { fileNameOf } from "../../../base/file_names.ts";
import { reason, writeAtomic } from "../../../base/files.ts";
import { fixedPictures } from "../../batches/stories.ts";
import type { Story, StorySet } from "../../store/stories.ts";
import { LIST } from "./list.ts";

/**
 * Writes `stories.jsonl` and a PNG for each frame, `ID/1.png` and so on; the stories keep their splits.
 *
 * @throws UserError when a folder or file cannot be written
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openStorySet, prepareSet, writeStoryFolder } from "../../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * await prepareSet("clipart", { root, options: { stories: 4 } });
 * const set = await openStorySet("clipart", root);
 * await writeStoryFolder(`${root}/mine`, set, [...set.split("train"), ...set.split("val")]);
 * const { manifest } = await prepareSet("folder", { root, name: "copy", from: `${root}/mine` });
 * assertEquals(manifest.stories, { train: 4, val: 4, test: 0 });
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function writeStoryFolder(folder: string, set: StorySet, stories: Story[]): Promise<void> {
  const { size } = set;
  const lines: string[] = [];
  for (const story of stories) {
    const own = fileNameOf(story.id);
    try {
      Deno.mkdirSync(`${folder}/${own}`, { recursive: true });
    } catch (error) {
      fail(`Cannot create the folder "${folder}/${own}": ${reason(error)}.`, error);
    }
    const frames = [];
    for (const [t, picture] of fixedPictures(set, story).entries()) {
      const image = `${own}/${t + 1}.png`;
      const png = sharp(picture, { raw: { width: size, height: size, channels: 3 } }).png();
      writeAtomic(`${folder}/${image}`, new Uint8Array(await png.toBuffer()));
      frames.push({ image, captions: story.frames[t]!.captions.map(({ text, level }) => ({ text, level })) });
    }
    lines.push(JSON.stringify({ id: story.id, split: story.split, frames }));
  }
  writeAtomic(`${folder}/${LIST}`, lines.join("\n") + "\n");
}
