/**
 * Sheets of stories: captions over frames, real and generated ones in rows below each other.
 *
 * Frames are enlarged without smoothing, so that a sheet shows the exact pixels. Captions are SVG text that
 * `sharp` sets with a font of the system.
 */
import { Buffer } from "node:buffer";
import sharp, { type OverlayOptions } from "sharp";

/** Some neighbouring frames: a caption over each, and one row of pictures for each label. */
export interface Band {
  captions: string[];
  rows: { label: string; frames: Uint8Array[] /* [64·64·3] each */ }[];
}

const size = 64;
const shown = 2 * size;
const gap = 6;
const column = shown + gap;
const margin = 22; // left of the frames, for the labels
const fontSize = 10;
const lineHeight = 12;
const lineLetters = 23; // that fit above a frame in a common sans-serif
const ink = "#222";

/** Draws a sheet as PNG, one band below the other. */
export async function drawSheet(bands: Band[]): Promise<Uint8Array> {
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  let width = 0;
  let top = gap;
  for (const { captions, rows } of bands) {
    const wrapped = captions.map((caption) => wrapText(caption, lineLetters));
    const lines = Math.max(1, ...wrapped.map((caption) => caption.length));
    wrapped.forEach((caption, i) => {
      // The last line is directly above its frame.
      caption.forEach((line, j) => {
        const y = top + (lines - caption.length + j + 1) * lineHeight - 3;
        texts.push(`<text x="${margin + i * column}" y="${y}">${escapeXml(line)}</text>`);
      });
    });
    top += lines * lineHeight + 2;
    for (const { label, frames } of rows) {
      const middle = top + shown / 2;
      texts.push(
        `<text x="${margin - 8}" y="${middle}" text-anchor="middle" transform="rotate(-90 ${margin - 8} ${middle})">` +
          `${escapeXml(label)}</text>`,
      );
      for (const [i, frame] of frames.entries()) {
        layers.push({ input: await enlarge(frame), left: margin + i * column, top });
        width = Math.max(width, margin + (i + 1) * column);
      }
      top += column;
    }
    top += 2 * gap;
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" ` +
    `font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="${fontSize}" fill="${ink}">${
      texts.join("")
    }</svg>`;
  const sheet = sharp({ create: { width, height: top, channels: 3, background: "white" } })
    .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }]);
  return new Uint8Array(await sheet.png({ compressionLevel: 9 }).toBuffer());
}

/** Breaks a text into lines of at most `letters` letters; a longer word has a line of its own. */
export function wrapText(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((word) => word !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function enlarge(frame: Uint8Array): Promise<Buffer> {
  return sharp(frame, { raw: { width: size, height: size, channels: 3 } })
    .resize(shown, shown, { kernel: "nearest" }).png().toBuffer();
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
