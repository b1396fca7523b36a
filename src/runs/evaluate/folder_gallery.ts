/** A folder of story folders as a gallery. */
import sharp from "sharp";
import { fail } from "../../base/errors.ts";
import { digestJson, reason, sha256File } from "../../base/files.ts";
import { type Gallery, joinBytes } from "./gallery.ts";

/** A gallery with SHA-256 of its stories: their ids and the bytes of all their files. */
export async function folderGallery(path: string): Promise<Gallery & { digest: string }> {
  const natural = new Intl.Collator("en", { numeric: true }).compare;
  const names = (folder: string, directory: boolean) => {
    try {
      return [...Deno.readDirSync(folder)].filter((e) => e.isDirectory === directory).map(({ name }) => name)
        .sort(natural);
    } catch (error) {
      fail(`Cannot read the folder "${folder}": ${reason(error)}.`, error);
    }
  };
  const ids = names(path, true);
  if (ids.length === 0) fail(`"${path}" holds no story folders.`);
  const files = ids.map((id) => names(`${path}/${id}`, false).map((name) => `${path}/${id}/${name}`));
  const { width, height } = await sharp(files[0]![0]!).metadata();
  return {
    digest: digestJson(ids.map((id, i) => [id, files[i]!.map(sha256File)])),
    ids,
    frames: files[0]!.length,
    width,
    height,
    async read(first, count) {
      const chosen = files.slice(first, first + count).flat();
      return joinBytes(
        await Promise.all(chosen.map(async (file) => new Uint8Array(await sharp(file).removeAlpha().raw().toBuffer()))),
      );
    },
  };
}
