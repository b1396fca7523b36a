/**
 * Stories as folders of pictures, whoever drew them: `DIR/STORY/0.png, 1.png, …`, or loose pictures, each a story of one
 * frame.
 *
 * Everything is listed and compared first; pictures are decoded when they are asked for, in their own size. What would
 * quietly change a measurement is refused: grey pictures, transparency, other sizes, gaps in the numbers.
 */
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { allDone } from "../../base/concurrency.ts";
import { fail } from "../../base/errors.ts";
import { digestJson, reason, sha256File } from "../../base/files.ts";
import { pictureSize } from "./pictures.ts";

/** Stories of T frames of one size. */
export interface StoryFolders {
  /** Names of the folders, or of the loose pictures, in natural order. */
  ids: string[];
  /** T, H, W */
  frames: number;
  height: number;
  width: number;
  /** SHA-256 of all ids and the bytes of all files, which it reads. */
  digest(): string;
  /**
   * Pictures of `count` stories from `first` on, uint8 [count, T, H, W, 3].
   *
   * @throws UserError naming the first picture that is damaged, grey, transparent or of another size.
   */
  read(first: number, count: number): Promise<Uint8Array>;
}

const endings = /\.(png|jpe?g|webp|gif|tiff?|avif)$/i;
/** Numbers in names count as numbers: 10 comes after 9. */
const natural = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Opens a folder of stories or pictures.
 *
 * @throws UserError when it holds none, both, stories of unequal length, or frames whose numbers have gaps.
 */
export async function openStoryFolders(path: string): Promise<StoryFolders> {
  const { folders, pictures } = list(path);
  if (folders.length > 0 && pictures.length > 0) {
    fail(
      `"${path}" holds both pictures ("${pictures[0]}") and folders ("${
        folders[0]
      }"): give a folder of pictures, or one ` +
        `with a folder for each story.`,
    );
  }
  const stories = folders.length > 0
    ? folders.map((id) => ({ id, files: framesOf(`${path}/${id}`) }))
    : pictures.map((name) => ({ id: name.replace(endings, ""), files: [`${path}/${name}`] }));
  const first = stories[0] ?? fail(`"${path}" holds no pictures and no folders of stories.`);
  const other = stories.find(({ files }) => files.length !== first.files.length);
  if (other) {
    fail(
      `The stories in "${path}" are of unequal length: "${first.id}" has ${first.files.length} frames, "${other.id}" has ` +
        `${other.files.length}.`,
    );
  }
  const model = first.files[0]!;
  const { width, height } = await pictureSize(await bytesOf(model), `"${model}"`);
  return {
    ids: stories.map(({ id }) => id),
    frames: first.files.length,
    height,
    width,
    digest: () => digestJson(stories.map(({ id, files }) => [id, files.map(sha256File)])),
    async read(first, count) {
      const files = stories.slice(first, first + count).flatMap(({ files }) => files);
      const out = new Uint8Array(files.length * height * width * 3);
      const decode = async (file: string, i: number) => {
        const { data, ...size } = await decodeWhole(await bytesOf(file), `"${file}"`);
        if (size.width !== width || size.height !== height) {
          fail(
            `Pictures must have one size: "${model}" is ${width}×${height}, "${file}" is ${size.width}×${size.height}.`,
          );
        }
        out.set(data, i * height * width * 3);
      };
      await allDone(files.map(decode));
      return out;
    },
  };
}

/** Names in a folder, sorted; hidden files and others that are no pictures are passed over. */
function list(path: string): { folders: string[]; pictures: string[] } {
  try {
    const entries = [...Deno.readDirSync(path)].filter(({ name }) => !name.startsWith("."));
    const isFolder = ({ name, isDirectory, isSymlink }: Deno.DirEntry) =>
      isDirectory || (isSymlink && Deno.statSync(`${path}/${name}`).isDirectory);
    const names = (wanted: boolean) => entries.filter((entry) => isFolder(entry) === wanted).map(({ name }) => name);
    return {
      folders: names(true).sort(natural),
      pictures: names(false).filter((name) => endings.test(name)).sort(natural),
    };
  } catch (error) {
    fail(`Cannot read the folder "${path}": ${reason(error)}.`, error);
  }
}

/** The frames of a story by the last number in their names: `0.png`, `img-3.png`, `frame_07.jpg`. */
function framesOf(folder: string): string[] {
  const { pictures } = list(folder);
  if (pictures.length === 0) fail(`The story folder "${folder}" holds no pictures.`);
  const numbered = pictures.map((name) => {
    const number = /(\d+)\D*$/.exec(name.replace(endings, ""))?.[1];
    return {
      name,
      number: number === undefined ? fail(`"${folder}/${name}" has no frame number in its name.`) : +number,
    };
  }).sort((a, b) => a.number - b.number);
  const start = numbered[0]!;
  numbered.forEach(({ name, number }, i) => {
    if (i > 0 && number === numbered[i - 1]!.number) {
      fail(`The story folder "${folder}" has frame ${number} twice: "${numbered[i - 1]!.name}" and "${name}".`);
    }
    if (number !== start.number + i || start.number > 1) {
      const missing = start.number > 1 ? 0 : start.number + i;
      fail(
        `The story folder "${folder}" lacks frame ${missing}; it goes from "${start.name}" to "${
          numbered.at(-1)!.name
        }".`,
      );
    }
  });
  return numbered.map(({ name }) => `${folder}/${name}`);
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    fail(`Cannot read the picture "${file}": ${reason(error)}.`, error);
  }
}

/**
 * Decodes a picture in its own size to RGB, uint8 [H, W, 3].
 *
 * @throws UserError when it is damaged, grey, or anywhere transparent.
 */
async function decodeWhole(bytes: Uint8Array, where: string) {
  const { data, info, channels } = await decoded(bytes, where);
  if (channels < 3) {
    fail(
      `The picture ${where} is grey: often a mask put there by mistake. If it is what you mean, convert all to RGB ` +
        `(e.g. \`magick in.png -type TrueColor png24:out.png\`).`,
    );
  }
  const { width, height } = info;
  if (info.channels === 3) return { data, width, height };
  const pixels = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    if (data[from + 3] !== 255) {
      fail(
        `The picture ${where} is transparent in places, and what lies behind it would count: put it on a background ` +
          `(e.g. \`magick in.png -background white -flatten out.png\`).`,
      );
    }
    pixels[to] = data[from]!;
    pixels[to + 1] = data[from + 1]!;
    pixels[to + 2] = data[from + 2]!;
  }
  return { data: pixels, width, height };
}

async function decoded(bytes: Uint8Array, where: string) {
  try {
    const picture = sharp(bytes, { failOn: "truncated" }).autoOrient();
    const { channels } = await picture.metadata();
    const { data, info } = await picture.toColourspace("srgb").raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { data: new Uint8Array(data.buffer, data.byteOffset, data.length), info, channels };
  } catch (error) {
    const why = bytes.length === 0 ? "it is empty" : (error as Error).message.split("\n")[0];
    fail(`Cannot read the picture ${where}: ${why}.`, error);
  }
}
