/** Pictures and stories as NumPy arrays: .npy files of uint8, [N, H, W, 3] of pictures or [N, T, H, W, 3] of stories. */
import { fail } from "../../base/errors.ts";
import { reason, sha256 } from "../../base/files.ts";
import { readNpy } from "../../formats/npy.ts";
import { openPictureTree, openStoryFolders, type StoryFolders } from "./story_folders.ts";

/**
 * Opens a .npy file of pictures or stories; their ids are 0, 1, …
 *
 * @throws UserError when it cannot be read, or is no array of RGB bytes
 */
export async function openPictureArray(path: string): Promise<StoryFolders> {
  const bytes = await Deno.readFile(path).catch((error) => fail(`Cannot read "${path}": ${reason(error)}.`, error));
  const { shape, data } = readNpy(bytes, path);
  const [N, T, height, width, channels] = shape.length === 4 ? [shape[0]!, 1, ...shape.slice(1)] : shape;
  if (!(data instanceof Uint8Array) || shape.length < 4 || shape.length > 5 || channels !== 3 || data.length === 0) {
    const type = data instanceof Uint8Array ? "uint8" : data.constructor.name.replace("Array", "").toLowerCase();
    fail(
      `"${path}" holds ${type} [${shape.join(", ")}]; expected uint8 [N, H, W, 3] of pictures or [N, T, H, W, 3] of ` +
        `stories, channels last and 0 to 255.`,
    );
  }
  const story = data.length / N!;
  return {
    ids: Array.from({ length: N! }, (_, i) => String(i)),
    frames: T!,
    height: height!,
    width: width!,
    digest: () => sha256(bytes),
    read: (first, count) => Promise.resolve(data.subarray(first * story, (first + count) * story)),
  };
}

/** How stories are opened. */
export interface Reading {
  /** All pictures of a folder in depth, in place of stories. */
  pictures?: boolean | undefined;
  /** Receives a line for each way in which decoding changes pictures. */
  say?: ((line: string) => void) | undefined;
}

/**
 * Opens what a path names: a .npy file, a folder of stories or pictures or, as `pictures`, all pictures of a folder in
 * depth.
 *
 * @throws UserError as the function that opens it
 */
export async function openStories(path: string, { pictures, say }: Reading = {}): Promise<StoryFolders> {
  if (path.endsWith(".npy")) return await openPictureArray(path);
  return pictures ? await openPictureTree(path, say) : await openStoryFolders(path, say);
}
