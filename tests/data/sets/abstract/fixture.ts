/**
 * A small copy of Abstract Scenes v1.1 in the published layout, with special cases.
 *
 * Scene 0_3 has no objects, 1_2 no sentences, 0_1 only the first author's; an object of 0_5 was removed; author 1's
 * file is Windows-1252 with Windows line ends and blank lines, author 2's is UTF-8; both have curly quotes. Each clip
 * art is an ellipse, its left half in another colour than its right. Rendered scenes are drawn by librsvg.
 */
import { Buffer } from "node:buffer";
import { dirname } from "node:path";
import sharp from "sharp";
import { fail } from "../../../../src/base/errors.ts";
import { random } from "../../../../src/base/random.ts";
import type { BadInput } from "../../../../src/data/sets/source.ts";

export type Files = Record<string, Uint8Array | string>;

/** A clip-art row of the scene file. */
interface Row {
  png: string;
  type: number;
  number: number;
  x: number;
  y: number;
  z: number;
  flip: number;
}

const prefixes = ["s", "p", "hb0", "hb1", "a", "c", "e", "t"];
/** Colours of a clip art's left and right half; its width and height. */
const looks: Record<string, [string, string, number, number]> = {
  s_2: ["#ffffff", "#dddddd", 140, 60],
  s_3: ["#ffee00", "#ffcc00", 90, 90],
  p_8: ["#117711", "#33aa33", 160, 260],
  hb: ["#dd2211", "#2233dd", 70, 140],
  a_2: ["#885522", "#ccaa77", 80, 60],
  t_4: ["#ffffff", "#111111", 40, 40],
};

/** All files by path; `rendered: false` leaves out RenderedScenes, `clipArt: false` leaves out Pngs. */
export async function abstractFiles(
  { sets = 4, rendered = true, clipArt = true }: { sets?: number; rendered?: boolean; clipArt?: boolean } = {},
): Promise<Files> {
  const scenes = Array.from({ length: 10 * sets }, (_, scene) => rowsOf(scene));
  const files: Files = {
    "Scenes_10020.txt": sceneText(scenes),
    "Sentences_1002.txt": Array.from({ length: sets }, (_, set) => `Mike and Jenny begin story ${set}. \r\n`).join(""),
    "SimpleSentences/SimpleSentences1_10020.txt": windows1252(sentenceText(scenes.length, 1).replaceAll("\n", "\r\n")),
    "SimpleSentences/SimpleSentences2_10020.txt": sentenceText(scenes.length, 2),
    "SimpleSentences/tuples/TuplesText1_10020.txt": "0\t0\tstand\tmike\ttree \n0\t0\tsee\tmike\n0\t1\trun\tdog\t\n" +
      `${10 * sets - 1}\t0\tstand\ttree\n`,
  };
  const drawings = new Map<string, Uint8Array>();
  for (const png of new Set(scenes.flat().map(({ png }) => png))) drawings.set(png, await ellipse(png));
  const background = await sky();
  if (clipArt) {
    files["Pngs/background.png"] = background;
    for (const [png, bytes] of drawings) files[`Pngs/${png}`] = bytes;
  }
  if (rendered) {
    for (const [scene, rows] of scenes.entries()) {
      const path = `RenderedScenes/Scene${Math.floor(scene / 10)}_${scene % 10}.png`;
      files[path] = await renderSvg(rows, background, drawings);
    }
  }
  return files;
}

/** Writes files into a new temporary folder and gives its path to `body`. */
export async function withFolder(files: Files, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "storyloom-abstract-" });
  try {
    for (const [path, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${folder}/${path}`), { recursive: true });
      await Deno.writeFile(
        `${folder}/${path}`,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      );
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function rowsOf(scene: number): Row[] {
  if (scene === 3) return [];
  const stream = random(1, "abstract fixture", scene);
  const row = (type: number, number: number, x: number, y: number): Row => ({
    png: `${prefixes[type]}_${number}s.png`,
    type,
    number,
    x: x + stream.integer(40),
    y: y + stream.integer(40),
    z: stream.integer(3),
    flip: stream.integer(2),
  });
  const rows = [
    row(0, 3, 40, 40),
    row(0, 2, 60, 30),
    row(1, 8, 400, 180), // hangs over the right edge at depth 0
    row(2, scene % 35, 150, 270),
    row(3, (7 * scene) % 35, 260, 270),
    row(4, 2, 60, 320),
    row(7, 4, 330, 330),
  ];
  if (scene === 5) rows[5] = { ...rows[5]!, x: -10000, y: -10000 };
  return rows;
}

function sceneText(scenes: Row[][]): string {
  const blocks = scenes.map((rows, scene) => [
    `${Math.floor(scene / 10)}\t${rows.length}`,
    ...rows.map(({ png, type, number, x, y, z, flip }) => [png, type, number, x, y, z, flip].join("\t")),
  ]);
  return [`${scenes.length}`, ...blocks.flat()].join("\r\n") + "\r\n";
}

function sentenceText(scenes: number, author: number): string {
  const lines = Array.from({ length: scenes }, (_, scene) => {
    if (scene === 12 || (author === 2 && scene === 1)) return [];
    return [
      `${scene}\t0\tMike’s dog is in scene ${scene}. `,
      `${scene}\t1\tJenny says “hello” to author ${author}.`,
      `${scene}\t2\tThe tree is  tall.`,
      ...scene === 7 ? [`${scene}\t3\tOne sentence too many.`] : [],
    ];
  });
  return lines.map((sentences) => sentences.map((line) => `${line}\n`).join("")).join("\n");
}

/** The fixture's characters in Windows-1252; any other is a mistake in it. */
function windows1252(text: string): Uint8Array {
  const quotes: Record<string, number> = { "‘": 0x91, "’": 0x92, "“": 0x93, "”": 0x94 };
  return Uint8Array.from(text, (char) => quotes[char] ?? char.charCodeAt(0));
}

async function ellipse(png: string): Promise<Uint8Array> {
  const [left, right, width, height] = looks[png.replace(/s\.png$/, "")] ?? looks.hb!;
  return await toPng(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><clipPath id="c">` +
      `<ellipse cx="50%" cy="50%" rx="50%" ry="50%"/></clipPath><g clip-path="url(#c)">` +
      `<rect width="50%" height="100%" fill="${left}"/><rect x="50%" width="50%" height="100%" fill="${right}"/></g></svg>`,
  );
}

function sky(): Promise<Uint8Array> {
  return toPng(
    `<svg xmlns="http://www.w3.org/2000/svg" width="500" height="400"><rect width="500" height="200" fill="#7bf"/>` +
      `<rect y="200" width="500" height="200" fill="#7c5"/></svg>`,
  );
}

/** A renderer independent of the kit's: librsvg scales and mirrors the pictures. */
function renderSvg(rows: Row[], background: Uint8Array, drawings: Map<string, Uint8Array>): Promise<Uint8Array> {
  const href = (bytes: Uint8Array) => `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
  const rank = ({ type, number, z }: Row) => type === 0 ? (number === 3 ? 0 : 3 - z) : 6 - z;
  const images = rows.filter(({ x }) => x !== -10000).sort((a, b) => rank(a) - rank(b)).map(
    ({ png, x, y, z, flip }) => {
      const [, , width, height] = looks[png.replace(/s\.png$/, "")] ?? looks.hb!;
      const scale = 0.7 ** z;
      return `<image href="${href(drawings.get(png)!)}" x="${-width / 2}" y="${-height / 2}" width="${width}" ` +
        `height="${height}" transform="translate(${x} ${y}) scale(${flip ? -scale : scale} ${scale})"/>`;
    },
  );
  return toPng(
    `<svg xmlns="http://www.w3.org/2000/svg" width="500" height="400">` +
      `<image href="${href(background)}" width="500" height="400"/>${images.join("")}</svg>`,
  );
}

async function toPng(svg: string): Promise<Uint8Array> {
  return new Uint8Array(await sharp(Buffer.from(svg)).png({ compressionLevel: 1 }).toBuffer());
}

/** Stops at the first invalid input. */
export const refusing: BadInput = { drop: (message) => fail(message) };

/** Skips invalid input and collects the messages. */
export function skipping(): BadInput & { messages: string[] } {
  const messages: string[] = [];
  return { messages, drop: (message) => void messages.push(message) };
}
