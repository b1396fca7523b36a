/** Reads the strip of a clip: its frames as squares one below the other, or side by side. */
import { fail } from "../../../base/errors.ts";
import { decodePicture, pictureSize } from "../../files/pictures.ts";

/** Smallest side of a square in pixels, and largest number of squares of a strip. */
const [smallest, longest] = [8, 1000];

/**
 * The squares of a strip, uint8 [64, 64, 3] each. Pixels after the last complete square are ignored, with a remark.
 *
 * The alpha channel is ignored, as in the published loaders: it is left over from the GIFs that strips were made from,
 * and each transparent pixel stores its colour.
 *
 * @param most keep at most this number of squares, evenly spread; 0 keeps all
 * @param remark receives how the strip was changed
 * @throws UserError when the bytes are not a picture, or not a strip
 */
export async function readStrip(
  bytes: Uint8Array,
  where: string,
  most = 0,
  remark: (what: string) => void = () => {},
): Promise<Uint8Array[]> {
  const { width, height } = await pictureSize(bytes, where);
  const side = Math.min(width, height);
  const count = Math.floor(Math.max(width, height) / side);
  if (side < smallest || count > longest) {
    fail(
      `The picture ${where} is not a strip: it has ${width}×${height} pixels, expected 1 to ${longest} squares of at least ` +
        `${smallest}×${smallest} pixels in a row. Replace or remove it.`,
    );
  }
  if (Math.max(width, height) % side !== 0) remark("whose length is no multiple of their width, cut to whole squares");
  const crops = spread(count, most).map((k) => ({
    left: width > height ? k * side : 0,
    top: width > height ? 0 : k * side,
    width: side,
    height: side,
  }));
  return await decodePicture(bytes, where, crops, "ignored", remark);
}

/** Indices of the squares of `count` that are kept: the middle one of each of `most` equal parts. */
export function spread(count: number, most: number): number[] {
  const kept = most === 0 ? count : Math.min(most, count);
  return Array.from({ length: kept }, (_, i) => Math.floor((i + 0.5) * count / kept));
}
