/**
 * The contact sheet: some stories in rows, pictures twice their size, captions below.
 *
 * For human eyes only; nothing reads it back, and its letters depend on the fonts of the machine.
 */
import sharp, { type OverlayOptions } from "sharp";
import type { Frame } from "../scene.ts";
import { SIZE } from "./paint.ts";

const SCALE = 2;
const CELL = { width: SIZE * SCALE + 12, height: SIZE * SCALE + 52 };
/** Letters of a caption line. */
const LINE = 26;

/** Draws stories as the rows of one PNG; `pictures` are uint8 [64, 64, 3]. */
export async function drawContactSheet(stories: { frames: Frame[]; pictures: Uint8Array[] }[]): Promise<Uint8Array> {
  const columns = stories[0]!.frames.length;
  const width = columns * CELL.width;
  const height = stories.length * CELL.height;
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  for (const [row, { frames, pictures }] of stories.entries()) {
    for (const [column, frame] of frames.entries()) {
      const [left, top] = [column * CELL.width + 6, row * CELL.height + 4];
      const input = await sharp(pictures[column]!, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .resize(SIZE * SCALE, SIZE * SCALE, { kernel: "nearest" }).png().toBuffer();
      layers.push({ input, left, top });
      const caption = frame.captions[(row + column) % frame.captions.length]!.text;
      wrap(caption).forEach((line, i) =>
        texts.push(`<text x="${left}" y="${top + SIZE * SCALE + 11 + i * 10}">${line}</text>`)
      );
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<g font-family="DejaVu Sans, Arial, sans-serif" font-size="9" fill="#222">${texts.join("")}</g></svg>`;
  layers.push({ input: new TextEncoder().encode(svg) as unknown as Exclude<OverlayOptions["input"], string> });
  const sheet = await sharp({ create: { width, height, channels: 3, background: "#fff" } }).composite(layers).png()
    .toBuffer();
  return new Uint8Array(sheet);
}

/** Breaks a caption into short lines, four at most. */
function wrap(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line.length + word.length < LINE) lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines.slice(0, 4);
}
