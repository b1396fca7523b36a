/**
 * Pictures with attention maps beside them: the picture once more for each map, bright where weights are large.
 *
 * A map is a square of weights scaled to 0…1; smaller maps are enlarged smoothly.
 */
import { Buffer } from "node:buffer";
import sharp, { type OverlayOptions } from "sharp";
import { escapeMarkup } from "../../formats/markup.ts";

/** A picture and the maps beside it. */
export interface AttentionRow {
  label: string;
  /** uint8 [s·s·3] */
  picture: Uint8Array;
  maps: AttentionMap[];
}

/** One map with the label below it. */
export interface AttentionMap {
  label: string;
  /** Shares [r·r]. */
  map: number[];
  /** Show the map itself, in grey, and not the picture multiplied by it. */
  bare?: boolean;
}

const shown = 96; // pixels of a picture's side
const gap = 6;
const label = 16; // height of a line of text
const columns = 12; // maps beside a picture, before the next line

/** Draws rows as one PNG. */
export async function drawAttentionMaps(rows: AttentionRow[]): Promise<Uint8Array> {
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  const widest = Math.min(columns, Math.max(0, ...rows.map(({ maps }) => maps.length)));
  const width = gap + (1 + widest) * (shown + gap);
  let top = gap;
  for (const row of rows) {
    const picture = await enlarged(row.picture);
    const place = (input: Buffer, column: number, text: string) => {
      const left = gap + column * (shown + gap);
      layers.push({ input, left, top });
      const middle = left + shown / 2;
      texts.push(
        `<text x="${middle}" y="${top + shown + label - 4}" text-anchor="middle">${escapeMarkup(text)}</text>`,
      );
    };
    place(picture, 0, row.label);
    for (const [i, { label: text, map, bare }] of row.maps.entries()) {
      if (i > 0 && i % columns === 0) top += shown + label + gap;
      place(await multiplied(bare ? undefined : picture, map), 1 + i % columns, text);
    }
    top += shown + label + 2 * gap;
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" ` +
    `font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="11" fill="#222">${texts.join("")}</svg>`;
  const sheet = sharp({ create: { width, height: top, channels: 3, background: "white" } })
    .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }]);
  return new Uint8Array(await sheet.png({ compressionLevel: 9 }).toBuffer());
}

/** Maps scaled to 0…1 from the smallest to the largest number of all of them. */
export function stretched(maps: ArrayLike<number>[]): number[][] {
  const rows = maps.map((map) => Array.from(map));
  const [low, high] = rows.flat().reduce(([low, high], x) => [Math.min(low!, x), Math.max(high!, x)], [
    Infinity,
    -Infinity,
  ]) as [number, number];
  return rows.map((row) => row.map((value) => (value - low) / Math.max(high - low, 1e-9)));
}

/** A picture as a PNG of the shown size. */
function enlarged(pixels: Uint8Array): Promise<Buffer> {
  const size = Math.round(Math.sqrt(pixels.length / 3));
  return sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
    .resize(shown, shown, { kernel: "nearest" }).png().toBuffer();
}

/** A picture multiplied by a map: a fifth of its brightness where the map is 0, all where it is 1; or the map alone. */
async function multiplied(picture: Buffer | undefined, map: number[]): Promise<Buffer> {
  const side = Math.round(Math.sqrt(map.length));
  const least = picture ? 0.2 : 0;
  const mask = await sharp(Uint8Array.from(map, (value) => Math.round(255 * (least + (1 - least) * value))), {
    raw: { width: side, height: side, channels: 1 },
  }).resize(shown, shown, { kernel: picture ? "cubic" : "nearest" }).toColourspace("b-w").raw().toBuffer();
  const out = picture
    ? Uint8Array.from(await sharp(picture).removeAlpha().raw().toBuffer(), (x, i) => x * mask[Math.floor(i / 3)]! / 255)
    : Uint8Array.from({ length: 3 * mask.length }, (_, i) => mask[Math.floor(i / 3)]!);
  return await sharp(out, { raw: { width: shown, height: shown, channels: 3 } }).png().toBuffer();
}
