/**
 * Writes stories as folders of PNGs, `DIR/real/ID/0.png` and `DIR/drawn/ID/0.png`, for other evaluation programs; a
 * folder has the file name of the story's id.
 */
import sharp from "sharp";
import { fail } from "../base/errors.ts";
import { fileNameOf } from "../base/file_names.ts";
import { reason, writeAtomic } from "../base/files.ts";
import type { Gallery } from "./gallery.ts";
import { pausePoint, type Watch } from "./cache.ts";

/** Writes every frame of a gallery. @throws UserError when a folder or file cannot be written. */
export async function exportStories(folder: string, gallery: Gallery, stage: string, watch: Watch): Promise<void> {
  const { ids, frames, width, height } = gallery;
  for (const [i, id] of ids.entries()) {
    await pausePoint(watch);
    const bytes = await gallery.read(i, 1);
    const path = `${folder}/${fileNameOf(id)}`;
    try {
      Deno.mkdirSync(path, { recursive: true });
    } catch (error) {
      fail(`Cannot make the folder "${path}": ${reason(error)}.`, error);
    }
    for (let t = 0; t < frames; t++) {
      const size = height * width * 3;
      const raw = { width, height, channels: 3 as const };
      const png = await sharp(bytes.subarray(t * size, (t + 1) * size), { raw }).png().toBuffer();
      writeAtomic(`${path}/${t}.png`, png);
    }
    watch.progress?.(stage, i + 1, ids.length);
  }
}
