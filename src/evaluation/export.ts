/** Writes stories as folders of PNGs, `DIR/real/ID/0.png` and `DIR/drawn/ID/0.png`, for other evaluation programs. */
import sharp from "sharp";
import { fail } from "../base/errors.ts";
import { reason, writeAtomic } from "../base/files.ts";
import type { Gallery } from "./gallery.ts";
import { pausePoint, type Watch } from "./cache.ts";

/** Writes every frame of a gallery. @throws UserError when a folder or file cannot be written. */
export async function exportStories(folder: string, gallery: Gallery, stage: string, watch: Watch): Promise<void> {
  const { ids, frames, width, height } = gallery;
  for (const [i, id] of ids.entries()) {
    await pausePoint(watch);
    const bytes = await gallery.read(i, 1);
    try {
      Deno.mkdirSync(`${folder}/${id}`, { recursive: true });
    } catch (error) {
      fail(`Cannot make the folder "${folder}/${id}": ${reason(error)}.`, error);
    }
    for (let t = 0; t < frames; t++) {
      const size = height * width * 3;
      const raw = { width, height, channels: 3 as const };
      const png = await sharp(bytes.subarray(t * size, (t + 1) * size), { raw }).png().toBuffer();
      writeAtomic(`${folder}/${id}/${t}.png`, png);
    }
    watch.progress?.(stage, i + 1, ids.length);
  }
}
