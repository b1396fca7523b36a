/** A story's frames beside each other, as a PNG without loss. */
import { Buffer } from "node:buffer";
import sharp from "sharp";

/** Encodes frames uint8 [T, S, S, 3]. */
export async function encodeStrip(frames: Uint8Array, T: number, S: number): Promise<Uint8Array> {
  const strip = new Uint8Array(frames.length); // [S, T, S, 3]
  const row = S * 3;
  for (let t = 0; t < T; t++) {
    for (let y = 0; y < S; y++) strip.set(frames.subarray((t * S + y) * row, (t * S + y + 1) * row), (y * T + t) * row);
  }
  const picture = sharp(strip, { raw: { width: T * S, height: S, channels: 3 } });
  return new Uint8Array(await picture.png({ compressionLevel: 9, adaptiveFiltering: true }).toBuffer());
}

/** The frames of a strip, uint8 [S, S, 3] each. */
export async function decodeStrip(png: Uint8Array): Promise<Uint8Array[]> {
  const { data, info: { width, height: S } } = await sharp(png).removeAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const row = S * 3;
  return Array.from({ length: width / S }, (_, t) => {
    const frame = new Uint8Array(S * row);
    for (let y = 0; y < S; y++) {
      frame.set(data.subarray(y * width * 3 + t * row, y * width * 3 + (t + 1) * row), y * row);
    }
    return frame;
  });
}

/** Frames of the same size, uint8 [S, S, 3], enlarged `times` without smoothing, as a PNG. */
export async function enlargedPng(frame: Uint8Array, S: number, times: number): Promise<Uint8Array> {
  const picture = sharp(Buffer.from(frame), { raw: { width: S, height: S, channels: 3 } });
  return new Uint8Array(
    await picture.resize(times * S, times * S, { kernel: "nearest" }).png({ compressionLevel: 9 }).toBuffer(),
  );
}
