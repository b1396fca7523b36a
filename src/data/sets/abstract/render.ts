/**
 * Renders a scene of Abstract Scenes from its clip art, for downloads without published pictures.
 *
 * The sun comes first, then other objects of the sky, then all others; in each group far objects come before near ones,
 * and objects of equal depth are in the order of the file. An object is mirrored, scaled by its depth and centred on
 * its position.
 */
import { Buffer } from "node:buffer";
import sharp, { type OverlayOptions, type Sharp } from "sharp";
import { allDone } from "../../../base/concurrency.ts";
import { fail, UserError } from "../../../base/errors.ts";
import { readHeader } from "../../files/pictures.ts";
import { SUN } from "./objects.ts";
import type { ClipArt } from "./scenes.ts";

/** Pixels of a scene. */
export const WIDTH = 500;
export const HEIGHT = 400;
/** Scale of an object at depth z. */
const DEPTH_SCALES = [1, 0.7, 0.49];
/** Number of pixels of the largest clip art that is decoded; the published ones are smaller than a scene. */
const limitInputPixels = 2 ** 22;

/** Renders a scene to the bytes of an uncompressed PNG file of 500 × 400 pixels. */
export type Renderer = (objects: ClipArt[]) => Promise<Uint8Array>;

/** Decoded pixels, `channels` bytes each. */
interface Raster {
  data: Uint8Array; // [height, width, channels]
  width: number;
  height: number;
}

/** Objects in the order in which they are rendered. */
export function renderingOrder(objects: ClipArt[]): ClipArt[] {
  const rank = ({ drawing, z }: ClipArt) => drawing.stem === SUN ? 0 : (drawing.kind === "sky" ? 3 : 6) - z;
  return objects.toSorted((a, b) => rank(a) - rank(b)); // a stable sort
}

/**
 * Creates a renderer. It caches decoded pictures: 126 drawings at three depths, at most about 40 MB.
 *
 * @param read returns the file of a picture by its stem ("hb0_14", "background")
 * @returns a function that throws a UserError when a picture is missing or damaged
 */
export function sceneRenderer(read: (stem: string) => Promise<Uint8Array>): Renderer {
  const cache = new Map<string, Promise<Raster>>();
  function cached(key: string, make: () => Promise<Raster>): Promise<Raster> {
    if (!cache.has(key)) cache.set(key, make());
    return cache.get(key)!;
  }
  return async (objects) => {
    const background = await cached("background", () => loadBackground(read));
    const layers = await allDone(
      renderingOrder(objects).map(async ({ drawing: { stem }, x, y, z, flip }) =>
        visible(await cached(`${stem} ${z} ${flip}`, () => loadDrawing(read, stem, z, flip)), x, y)
      ),
    );
    const scene = sharp(background.data, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .composite(layers.filter((layer) => layer !== undefined));
    return new Uint8Array(await scene.removeAlpha().png({ compressionLevel: 0 }).toBuffer());
  };
}

/** Decodes the background and resizes it to the size of a scene. */
function loadBackground(read: (stem: string) => Promise<Uint8Array>): Promise<Raster> {
  return load(
    read,
    "background",
    3,
    (open) => open().flatten({ background: "#fff" }).resize(WIDTH, HEIGHT, { fit: "fill", kernel: "linear" }),
  );
}

/** Decodes a drawing and scales it to depth z. */
function loadDrawing(
  read: (stem: string) => Promise<Uint8Array>,
  stem: string,
  z: number,
  flip: boolean,
): Promise<Raster> {
  return load(read, stem, 4, async (open) => {
    const { width, height } = await open().metadata();
    const [w, h] = [width, height].map((pixels) => Math.max(1, Math.round(pixels * DEPTH_SCALES[z]!)));
    const picture = open().ensureAlpha().flop(flip);
    return z === 0 ? picture : picture.resize(w, h, { fit: "fill", kernel: "linear" });
  });
}

async function load(
  read: (stem: string) => Promise<Uint8Array>,
  stem: string,
  channels: number,
  prepare: (open: () => Sharp) => Sharp | Promise<Sharp>,
): Promise<Raster> {
  const bytes = await read(stem);
  try {
    const open = () => sharp(bytes, { limitInputPixels, failOn: "truncated" }).toColourspace("srgb");
    const { data, info } = await (await prepare(open)).raw().toBuffer({ resolveWithObject: true });
    await readHeader(bytes, `Pngs/${stem}.png`); // refuses samples that decode to other colours
    if (info.channels !== channels) throw new Error(`it has ${info.channels} channels, expected ${channels}`);
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), width: info.width, height: info.height };
  } catch (error) {
    if (error instanceof UserError) throw error;
    fail(
      `Cannot read the clip art Pngs/${stem}.png: ${(error as Error).message.split("\n")[0]}; replace the file.`,
      error,
    );
  }
}

/** The part of a drawing centred at (x, y) that is inside the scene: sharp rejects layers larger than the scene. */
function visible({ data, width, height }: Raster, x: number, y: number): OverlayOptions | undefined {
  const [left, top] = [Math.round(x - width / 2), Math.round(y - height / 2)];
  const [fromX, toX] = [Math.max(0, -left), Math.min(width, WIDTH - left)];
  const [fromY, toY] = [Math.max(0, -top), Math.min(height, HEIGHT - top)];
  if (fromX >= toX || fromY >= toY) return undefined;
  const part = new Uint8Array((toX - fromX) * (toY - fromY) * 4);
  for (let row = fromY; row < toY; row++) {
    part.set(data.subarray((row * width + fromX) * 4, (row * width + toX) * 4), (row - fromY) * (toX - fromX) * 4);
  }
  return {
    input: Buffer.from(part.buffer),
    raw: { width: toX - fromX, height: toY - fromY, channels: 4 },
    left: left + fromX,
    top: top + fromY,
  };
}
