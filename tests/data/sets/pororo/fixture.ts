/**
 * A small Pororo-SV in the published layout: four episodes of 15, 6, 8 and 5 clips, whose side files Python wrote
 * (tests/formats/python/make_fixtures.py) and whose strips are painted here.
 */
import sharp from "sharp";
import type { Archive } from "../../../../src/data/files/archive.ts";
import { fail } from "../../../../src/base/errors.ts";
import { fixtures, unpack, type Writer } from "../../../formats/python/fixtures.ts";

export const episodes: Record<string, number> = {
  "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep1": 15,
  "Pororo_ENGLISH1_1/Pororo_ENGLISH1_1_ep10": 6,
  "Pororo_ENGLISH2_3/Pororo_ENGLISH2_3_ep2": 8,
  "Pororo_ENGLISH2_3/Pororo_ENGLISH2_3_ep3": 5,
};

/** Kinds of strips, of clips 1, 2, 3, 4 and again. */
export const kinds = ["rgb", "palette", "rgba", "horizontal"] as const;

/** Squares of clip `n`. */
export const squaresOf = (n: number) => 1 + n % 5;

/** The one colour of square `k` of clip `n`. */
export const colourOf = (n: number, k: number) => [10 + n * 16, 20 + k * 40, 255 - n * 16];

const SIDE = 16; // pixels

/** A strip of clip `n`; of the transparent kind every other row is, and keeps its colour. */
export async function paintStrip(n: number): Promise<Uint8Array> {
  const kind = kinds[(n - 1) % 4]!;
  const squares = squaresOf(n);
  const [width, height] = kind === "horizontal" ? [squares * SIDE, SIDE] : [SIDE, squares * SIDE];
  const pixels = new Uint8Array(width * height * 4); // [H, W, RGBA]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = kind === "rgba" && y % 2 === 1 ? 0 : 255;
      pixels.set([...colourOf(n, Math.floor(Math.max(x, y) / SIDE)), alpha], (y * width + x) * 4);
    }
  }
  const picture = sharp(pixels, { raw: { width, height, channels: 4 } });
  const opaque = kind === "rgba" ? picture : picture.removeAlpha();
  return new Uint8Array(await opaque.png({ palette: kind === "palette" }).toBuffer());
}

/** All files by path, in the flavour of one writer's side files. */
export async function pororoFiles(writer: Writer = "numpy2"): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(fixtures(writer).pororo)) files[name] = unpack(bytes);
  const strips = await Promise.all(Array.from({ length: 15 }, (_, i) => paintStrip(i + 1)));
  for (const [episode, count] of Object.entries(episodes)) {
    for (let n = 1; n <= count; n++) files[`${episode}/${n}.png`] = strips[n - 1]!;
  }
  return files;
}

/** The same with the captions as csv alone. */
export async function csvAndStrips(): Promise<Record<string, Uint8Array>> {
  const files = Object.entries(await pororoFiles());
  return Object.fromEntries(files.filter(([path]) => !path.endsWith(".npy")));
}

/** Files in memory as an archive. */
export function archiveOf(files: Record<string, Uint8Array>): Archive {
  return {
    where: "set",
    paths: Object.keys(files).sort(),
    has: (path) => path in files,
    stat: (path) => Promise.resolve({ size: files[path]!.length, version: path }),
    read: (path) => Promise.resolve(files[path] ?? fail(`no "${path}"`)),
    close() {},
  };
}

/** Writes the files into a folder that is there. */
export async function writeFiles(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    const parent = path.slice(0, path.lastIndexOf("/") + 1);
    await Deno.mkdir(`${folder}/${parent}`, { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, bytes);
  }
}
