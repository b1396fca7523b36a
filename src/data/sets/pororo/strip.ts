/** A clip's strip: its frames as squares one below the other, or side by side. */
import { fail } from "../../../base/errors.ts";
import { decodePicture, pictureSize } from "../../files/pictures.ts";

/** Pixels of the smallest square and squares of the longest strip; beyond them a picture is no strip. */
const [smallest, longest] = [8, 1000];

/**
 * The squares of a strip, uint8 [64, 64, 3] each. What is left after the last whole square is ignored.
 *
 * Transparency is ignored as well, as the published loaders do: it is an accident of the GIFs that strips were made
 * from, and every pixel has its colour.
 *
 * @param most keep only so many, spread evenly; 0 keeps all
 * @throws UserError when the bytes are no picture, or no strip.
 */
export async function readStrip(bytes: Uint8Array, where: string, most = 0): Promise<Uint8Array[]> {
  const { width, height } = await pictureSize(bytes, where);
  const side = Math.min(width, height);
  const count = Math.floor(Math.max(width, height) / side);
  if (side < smallest || count > longest) {
    fail(`The picture ${where} is no strip: it has ${width}×${height} pixels, and squares in a row were expected.`);
  }
  const crops = spread(count, most).map((k) => ({
    left: width > height ? k * side : 0,
    top: width > height ? 0 : k * side,
    width: side,
    height: side,
  }));
  return await decodePicture(bytes, where, crops, "ignored");
}

/** Which of `count` squares are kept: the middle one of each of `most` equal parts. */
export function spread(count: number, most: number): number[] {
  const kept = most === 0 ? count : Math.min(most, count);
  return Array.from({ length: kept }, (_, i) => Math.floor((i + 0.5) * count / kept));
}
