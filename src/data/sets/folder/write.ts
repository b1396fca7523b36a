/** Writing stories as a folder that `deno task prepare folder` reads: an example to start one's own from. */
import sharp from "sharp";
import { fail } from "../../../base/errors.ts";
import { reason, writeAtomic } from "../../../base/files.ts";
import { fixedPictures } from "../../batches/stories.ts";
import type { Story, StorySet } from "../../store/stories.ts";
import { LIST } from "./list.ts";

/**
 * Writes `stories.jsonl` and a PNG for each frame, `ID/1.png` and so on; splits stay as they are.
 *
 * @throws UserError when a folder or file cannot be written.
 */
export async function writeStoryFolder(folder: string, set: StorySet, stories: Story[]): Promise<void> {
  const { size } = set;
  const lines: string[] = [];
  for (const story of stories) {
    try {
      Deno.mkdirSync(`${folder}/${story.id}`, { recursive: true });
    } catch (error) {
      fail(`Cannot make the folder "${folder}/${story.id}": ${reason(error)}.`, error);
    }
    const frames = [];
    for (const [t, picture] of fixedPictures(set, story).entries()) {
      const image = `${story.id}/${t + 1}.png`;
      const png = sharp(picture, { raw: { width: size, height: size, channels: 3 } }).png();
      writeAtomic(`${folder}/${image}`, new Uint8Array(await png.toBuffer()));
      frames.push({ image, captions: story.frames[t]!.captions.map(({ text, level }) => ({ text, level })) });
    }
    lines.push(JSON.stringify({ id: story.id, split: story.split, frames }));
  }
  writeAtomic(`${folder}/${LIST}`, lines.join("\n") + "\n");
}
