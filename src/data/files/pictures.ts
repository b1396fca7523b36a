/** Decodes pictures of any format and size to the 64×64 RGB pixels that the models use. */
import sharp, { type Metadata, type Sharp } from "sharp";
import { allDone } from "../../base/concurrency.ts";
import { fail } from "../../base/errors.ts";

/** Height and width of every picture in a prepared set. */
export const SIZE = 64;

/** A rectangle of a picture, in pixels. */
export interface Crop {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Number of pixels of the largest picture that is decoded; a larger one is a mistake or an attack. A picture from which
 * rectangles are cut is held in memory in full size, several at a time, so its limit is lower.
 */
const limitInputPixels = 2 ** 26;
const limitCutPixels = 2 ** 24;

/** What the first bytes of a picture say. */
export interface PictureHeader {
  /** In pixels, after rotation by the EXIF orientation. */
  width: number;
  height: number;
  /** As stored: 1 or 2 for grey, 3 for RGB, 4 with alpha or for CMYK. */
  channels: number;
  /** How decoding changes the picture, e.g. "in CMYK, converted to RGB". */
  remarks: string[];
}

/**
 * Reads the first bytes of a picture.
 *
 * @throws UserError when they are not a picture, or its samples are not whole numbers of 8 or 16 bits, whose range is
 *   not known
 */
export async function readHeader(bytes: Uint8Array, where: string): Promise<PictureHeader> {
  let found: Metadata;
  try {
    found = await sharp(bytes, { limitInputPixels }).metadata();
  } catch (error) { // sharp throws synchronously on empty input
    return refuse(error, bytes, where);
  }
  const { autoOrient, channels, depth, space, icc, pages = 1 } = found;
  if (depth !== "uchar" && depth !== "ushort") {
    fail(
      `The picture ${where} has samples of type ${
        sampleTypes[depth] ?? depth
      }, expected whole numbers from 0 of 8 or 16 ` +
        `bits; convert it, for example to PNG, with the range of values that is meant.`,
    );
  }
  const remarks = [
    ...pages > 1 ? ["of several frames or pages, of which the first was taken"] : [],
    ...space === "cmyk" ? ["in CMYK, converted to RGB"] : [],
    ...space !== "cmyk" && icc && !isSrgb(icc) ? ["with a colour profile, converted to sRGB"] : [],
  ];
  return { ...autoOrient, channels, remarks };
}

/** Names of the types of samples that are refused, as other programs print them. */
const sampleTypes: Record<string, string> = {
  char: "int8",
  short: "int16",
  int: "int32",
  uint: "uint32",
  float: "float32",
  double: "float64",
};

/** Whether an ICC profile names itself sRGB, in ASCII or UTF-16; its conversion changes nothing. */
function isSrgb(profile: Uint8Array): boolean {
  return /s\0?R\0?G\0?B/.test(new TextDecoder("latin1").decode(profile));
}

/** Width and height after rotation by the EXIF orientation. @throws UserError as {@link readHeader} */
export async function pictureSize(bytes: Uint8Array, where: string): Promise<{ width: number; height: number }> {
  const { width, height } = await readHeader(bytes, where);
  return { width, height };
}

/**
 * Decodes a picture, or rectangles of it, to uint8 [64, 64, 3] each: RGB, rotated by its EXIF orientation, resized to a
 * square bilinearly (with averaging where it shrinks), transparent pixels blended with white.
 *
 * @param where name of the picture in error messages
 * @param crops at least one rectangle; all have one size and are inside the picture
 * @param transparency "ignored" drops the alpha channel instead of blending; with `crops` only
 * @param remark called for each of {@link PictureHeader.remarks}
 * @throws UserError when the bytes are not a picture, or a damaged one, or as {@link readHeader}
 */
export async function decodePicture(
  bytes: Uint8Array,
  where: string,
  crops?: Crop[],
  transparency: "white" | "ignored" = "white",
  remark: (what: string) => void = () => {},
): Promise<Uint8Array[]> {
  (await readHeader(bytes, where)).remarks.forEach(remark);
  try {
    const limit = crops ? limitCutPixels : limitInputPixels;
    const whole = sharp(bytes, { limitInputPixels: limit, failOn: "truncated" }).autoOrient();
    if (!crops) return [await shrink(whole)];
    const opaque = transparency === "white" ? flat(whole) : whole.removeAlpha().toColourspace("srgb");
    const { data, info } = await opaque.raw().toBuffer({ resolveWithObject: true });
    const outside = crops.find(({ left, top, width, height }) =>
      Math.min(left, top) < 0 || left + width > info.width || top + height > info.height
    );
    if (outside) throw new Error(`it is ${info.width}×${info.height}, too small for ${JSON.stringify(outside)}`);
    if (crops.every(({ width, height }) => width >= SIZE && height >= SIZE)) {
      return await shrinkAll(data, info.width, crops);
    }
    // libvips shifts pixels when one direction grows, so smaller crops are resized one by one.
    const raw = { width: info.width, height: info.height, channels: 3 as const };
    return await allDone(crops.map((crop) => shrink(sharp(data, { raw }).extract(crop))));
  } catch (error) {
    return refuse(error, bytes, where);
  }
}

/**
 * Resizes rectangles of one size, cut from a decoded picture, uint8 [H, width, 3].
 *
 * All are placed side by side to shrink the height, then one below the other to shrink the width, so that no pixel
 * mixes with a neighbouring rectangle. One call for each rectangle takes twice as long for a strip of twelve squares.
 */
async function shrinkAll(pixels: Uint8Array, width: number, crops: Crop[]): Promise<Uint8Array[]> {
  const [{ width: w, height: h } = { width: 0, height: 0 }, n] = [crops[0], crops.length];
  const row = w * 3; // bytes
  const beside = new Uint8Array(h * n * row); // [h, n·w, 3]
  for (const [i, { left, top }] of crops.entries()) {
    for (let y = 0; y < h; y++) {
      const from = ((top + y) * width + left) * 3;
      beside.set(pixels.subarray(from, from + row), (y * n + i) * row);
    }
  }
  const low = await scale(beside, n * w, h, n * w, SIZE); // [64, n·w, 3]
  const below = new Uint8Array(low.length); // [n·64, w, 3]
  for (let i = 0; i < n; i++) {
    for (let y = 0; y < SIZE; y++) {
      const from = (y * n + i) * row;
      below.set(low.subarray(from, from + row), (i * SIZE + y) * row);
    }
  }
  const small = await scale(below, w, n * SIZE, SIZE, n * SIZE); // [n·64, 64, 3]
  const bytes = SIZE * SIZE * 3;
  return crops.map((_, i) => new Uint8Array(small.buffer, small.byteOffset + i * bytes, bytes));
}

/** Resizes uint8 [height, width, 3] to [toHeight, toWidth, 3]. */
async function scale(pixels: Uint8Array, width: number, height: number, toWidth: number, toHeight: number) {
  const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
  return await picture.resize(toWidth, toHeight, { fit: "fill", kernel: "linear" }).raw().toBuffer();
}

async function shrink(picture: Sharp): Promise<Uint8Array> {
  const bytes = await flat(picture).resize(SIZE, SIZE, { fit: "fill", kernel: "linear" }).raw().toBuffer();
  if (bytes.length !== SIZE * SIZE * 3) {
    throw new Error(`it decodes to ${bytes.length} bytes, expected ${SIZE * SIZE * 3}`);
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Converts palette, grey, CMYK, 16-bit or transparent pictures to three channels of eight bits. */
function flat(picture: Sharp): Sharp {
  return picture.flatten({ background: "#fff" }).toColourspace("srgb");
}

function refuse(error: unknown, bytes: Uint8Array, where: string): never {
  const why = bytes.length === 0 ? "it is empty" : (error as Error).message.split("\n")[0];
  fail(`Cannot read the picture ${where}: ${why}; replace or remove it.`, error);
}
