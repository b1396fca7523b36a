/**
 * All drawings of the world as pixels with alpha, rasterised once.
 *
 * `sharp` only rasterises SVG; paint.ts blends the pixels with integer arithmetic, which is fast and reproducible.
 */
import sharp from "sharp";
import { pool } from "../../../../base/concurrency.ts";
import { random } from "../../../../base/random.ts";
import { backgroundSvg, rainSvg } from "./background.ts";
import { CANVAS, childSvg, headCode } from "./children.ts";
import { type PoseName, poseNames } from "../world/poses.ts";
import {
  type ChildName,
  children,
  DEPTH_SCALES,
  type Expression,
  expressions,
  type Place,
  placeNames,
  SCENE,
  things,
  type Weather,
  weathers,
} from "../world/objects.ts";

/** Pixels with premultiplied alpha, and the position of their anchor. */
export interface Sprite {
  width: number;
  height: number;
  data: Uint8Array; // [height, width, 4]
  /** Offset of the anchor from the left and top edge: the centre of an object, the feet of a child. */
  anchorX: number;
  anchorY: number;
}

export interface Sprites {
  thing(name: string, z: number, flip: boolean): Sprite;
  child(name: ChildName, pose: PoseName, expression: Expression, z: number, flip: boolean): Sprite;
  background(place: Place, weather: Weather): Uint8Array; // [SCENE, SCENE, 3]
  rain: Sprite;
}

/** The folder of the installed Twemoji package. */
const twemoji = new URL(".", import.meta.resolve("@twemoji/svg/package.json"));

/** Number of sprites that are rasterised concurrently; `sharp` uses threads of its own. */
const concurrency = 2;

const loaded = new Map<number, Promise<Sprites>>();

/**
 * All sprites at all depths, with the first `characters` children. They are rasterised once in a process; for two
 * children these are about 400 drawings, in half a second.
 */
export function loadSprites(characters = 2): Promise<Sprites> {
  if (!loaded.has(characters)) loaded.set(characters, rasteriseAll(children.slice(0, characters)));
  return loaded.get(characters)!;
}

async function rasteriseAll(names: ChildName[]): Promise<Sprites> {
  const store = new Map<string, Sprite>();
  const put = (key: string, sprite: Sprite) => {
    store.set(`${key}/false`, sprite);
    store.set(`${key}/true`, mirror(sprite));
  };
  await pool(Object.entries(things), concurrency, async ([name, { code, height }]) => {
    const svg = await Deno.readTextFile(new URL(`${code}.svg`, twemoji));
    const share = await contentHeight(svg);
    for (const [z, scale] of DEPTH_SCALES.entries()) {
      const side = Math.max(2, Math.round(height * scale / share));
      const pixels = trim(await rasterise(resized(svg, side)));
      put(`${name}/${z}`, { ...pixels, anchorX: pixels.width / 2, anchorY: pixels.height / 2 });
    }
  });
  const looks = names.flatMap((name) =>
    poseNames.flatMap((pose) => expressions.map((expression) => ({ name, pose, expression })))
  );
  const heads = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await Deno.readTextFile(new URL(`${headCode(name)}.svg`, twemoji))] as const),
    ),
  );
  await pool(looks, concurrency, async ({ name, pose, expression }) => {
    for (const [z, scale] of DEPTH_SCALES.entries()) {
      const pixels = await rasterise(childSvg(name, pose, expression, heads[name]!, scale));
      const anchor = { anchorX: Math.round(CANVAS.x * scale), anchorY: Math.round(CANVAS.y * scale) };
      put(`${name}/${pose}/${expression}/${z}`, { ...pixels, ...anchor });
    }
  });
  const backgrounds = new Map<string, Uint8Array>();
  for (const place of placeNames) {
    for (const weather of weathers) {
      const { data } = await rasterise(backgroundSvg(place, weather));
      backgrounds.set(`${place}/${weather}`, data.filter((_, i) => i % 4 !== 3));
    }
  }
  const rain = { ...await rasterise(rainSvg(random(0, "clipart", "rain"))), anchorX: 0, anchorY: 0 };
  return {
    thing: (name, z, flip) => store.get(`${name}/${z}/${flip}`)!,
    child: (name, pose, expression, z, flip) => store.get(`${name}/${pose}/${expression}/${z}/${flip}`)!,
    background: (place, weather) => backgrounds.get(`${place}/${weather}`)!,
    rain,
  };
}

type Pixels = Pick<Sprite, "width" | "height" | "data">;

/** The pixels of an SVG at its own size, with premultiplied alpha. */
async function rasterise(svg: string): Promise<Pixels> {
  const { data, info } = await sharp(new TextEncoder().encode(svg)).ensureAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const pixels = new Uint8Array(data);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    for (let c = 0; c < 3; c++) pixels[i + c] = Math.round(pixels[i + c]! * alpha / 255);
  }
  return { width: info.width, height: info.height, data: pixels };
}

/** Sets the size of a square drawing. */
function resized(svg: string, side: number): string {
  return svg.replace("<svg ", `<svg width="${side}" height="${side}" `);
}

/** Height of a drawing's content as a share of its square. */
async function contentHeight(svg: string): Promise<number> {
  const side = SCENE;
  return trim(await rasterise(resized(svg, side))).height / side;
}

/** Removes empty margins. */
function trim({ width, height, data }: Pixels): Pixels {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * 4 + 3]! < 16) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  const cut = new Uint8Array((right - left) * (bottom - top) * 4);
  for (let y = top; y < bottom; y++) {
    cut.set(data.subarray((y * width + left) * 4, (y * width + right) * 4), (y - top) * (right - left) * 4);
  }
  return { width: right - left, height: bottom - top, data: cut };
}

function mirror(sprite: Sprite): Sprite {
  const { width, height, data } = sprite;
  const flipped = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      flipped.set(data.subarray(from, from + 4), (y * width + width - 1 - x) * 4);
    }
  }
  return { ...sprite, data: flipped, anchorX: width - sprite.anchorX };
}
