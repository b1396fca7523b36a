/**
 * The contact sheet: stories in rows, pictures at twice their size, captions below.
 *
 * It is only meant to be viewed: no code reads it, and its text depends on the fonts of the machine.
 */
import sharp, { type OverlayOptions } from "sharp";
import { escapeMarkup } from "../../formats/markup.ts";
import { fixedPictures } from "../batches/stories.ts";
import { SIZE } from "../files/pictures.ts";
import type { Story, StorySet } from "../store/stories.ts";

const SCALE = 2;
const CELL = { width: SIZE * SCALE + 12, height: SIZE * SCALE + 52 };
/** Characters of a caption line. */
const LINE = 26;

/** A frame of the sheet: its picture, uint8 [64, 64, 3], and one of its captions. */
export interface ContactFrame {
  picture: Uint8Array;
  caption: string;
}

/**
 * The frames of a story for {@link drawContactSheet}, with the pictures that evaluation uses.
 *
 * @param level the first caption of this level is shown; by default the first caption of the frame
 */
export function contactFrames(set: StorySet, story: Story, level?: string): ContactFrame[] {
  const pictures = fixedPictures(set, story);
  return story.frames.map(({ captions }, t) => ({
    picture: pictures[t]!,
    caption: (captions.find((caption) => level === undefined || caption.level === level) ?? captions[0]!).text,
  }));
}

/**
 * Renders stories as the rows of one PNG.
 *
 * @param stories at least one; all have the same number of frames
 * @returns the bytes of the PNG file
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { contactFrames, drawContactSheet, openStorySet, prepareSet } from "../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * await prepareSet("clipart", { root, options: { stories: 4 } });
 * const set = await openStorySet("clipart", root);
 * const rows = set.split("train").map((story) => contactFrames(set, story, "relation"));
 * const png = await drawContactSheet(rows);
 * assertEquals(new TextDecoder().decode(png.subarray(1, 4)), "PNG");
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function drawContactSheet(stories: ContactFrame[][]): Promise<Uint8Array> {
  const columns = stories[0]!.length;
  const width = columns * CELL.width;
  const height = stories.length * CELL.height;
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  for (const [row, frames] of stories.entries()) {
    for (const [column, { picture, caption }] of frames.entries()) {
      const [left, top] = [column * CELL.width + 6, row * CELL.height + 4];
      const input = await sharp(picture, { raw: { width: SIZE, height: SIZE, channels: 3 } })
        .resize(SIZE * SCALE, SIZE * SCALE, { kernel: "nearest" }).png().toBuffer();
      layers.push({ input, left, top });
      wrap(caption).forEach((line, i) =>
        texts.push(`<text x="${left}" y="${top + SIZE * SCALE + 11 + i * 10}">${escapeMarkup(line)}</text>`)
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

/** Breaks a caption into at most four short lines. */
function wrap(text: string): string[] {
  const lines = [""];
  const words = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${LINE}}`, "gu")) ?? []);
  for (const word of words) {
    const line = lines.at(-1)!;
    if (line.length + word.length < LINE) lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
    else lines.push(word);
  }
  return lines.slice(0, 4);
}
