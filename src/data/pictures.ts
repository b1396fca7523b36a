/** Pictures of any format and size as the model's bytes. */
import sharp, { type Sharp } from "sharp";
import { fail } from "../base/errors.ts";

/** Height and width of every picture in a prepared set. */
export const SIZE = 64;

/** A part of a picture, in pixels. */
export interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Pixels of the largest picture that is decoded: more is a mistake, or an attack. */
const limitInputPixels = 2 ** 26;

/** Width and height. @throws UserError when the bytes are no picture. */
export async function pictureSize(bytes: Uint8Array, where: string): Promise<{ width: number; height: number }> {
  const { width, height } = await sharp(bytes, { limitInputPixels }).metadata().catch((error) =>
    refuse(error, bytes, where)
  );
  return { width, height };
}

/**
 * Decodes a picture, or the parts of it that are asked for, into uint8 [64, 64, 3] each: RGB, stretched to a square
 * bilinearly (averaged where it shrinks), whatever is transparent over white.
 *
 * @param where names the picture in messages
 * @throws UserError when the bytes are no picture, or a damaged one.
 */
export async function decodePicture(bytes: Uint8Array, where: string, crops?: Crop[]): Promise<Uint8Array[]> {
  try {
    if (!crops) return [await shrink(sharp(bytes, { limitInputPixels, failOn: "truncated" }))];
    // Decoded once, as a strip of twenty frames would be decoded twenty times.
    const whole = sharp(bytes, { limitInputPixels, failOn: "truncated" });
    const { data, info } = await flat(whole).raw().toBuffer({ resolveWithObject: true });
    const raw = { width: info.width, height: info.height, channels: 3 as const };
    return await Promise.all(crops.map((crop) => shrink(sharp(data, { raw }).extract(crop))));
  } catch (error) {
    return refuse(error, bytes, where);
  }
}

async function shrink(picture: Sharp): Promise<Uint8Array> {
  const bytes = await flat(picture).resize(SIZE, SIZE, { fit: "fill", kernel: "linear" }).raw().toBuffer();
  if (bytes.length !== SIZE * SIZE * 3) throw new Error(`it decodes to ${bytes.length} bytes`);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Three channels of eight bits, whatever there was: palette, grey, CMYK, 16 bits, alpha. */
function flat(picture: Sharp): Sharp {
  return picture.flatten({ background: "#fff" }).toColourspace("srgb");
}

function refuse(error: unknown, bytes: Uint8Array, where: string): never {
  const why = bytes.length === 0 ? "it is empty" : (error as Error).message.split("\n")[0];
  fail(`Cannot read the picture ${where}: ${why}.`, error);
}
