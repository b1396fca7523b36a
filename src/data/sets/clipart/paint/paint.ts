/**
 * Renders a scene graph to 64×64 pixels.
 *
 * Sprites are blended over the background at 128×128 pixels, and each pixel of the picture is the mean of 2×2 of them.
 * All values are integers, so the bytes do not depend on rounding modes.
 */
import type { SceneGraph } from "../../../store/scene.ts";
import { handOf, isChildObject } from "../world/layout.ts";
import { CHILD, type Point, type PoseName } from "../world/poses.ts";
import type { Sprite, Sprites } from "./sprites.ts";
import { DEPTH_SCALES, type Expression, type Place, SCENE, type Weather } from "../world/objects.ts";

/** Height and width of a picture. */
export const SIZE = SCENE / 2;

/** Renders a scene to uint8 [64, 64, 3]. */
export function paintScene(scene: SceneGraph, sprites: Sprites): Uint8Array {
  const canvas = sprites.background(scene.place as Place, scene.weather as Weather).slice(); // [128, 128, 3]
  for (const object of scene.objects) {
    if (isChildObject(object)) {
      const { name, pose, expression, x, y, z, flip } = object;
      const sprite = sprites.child(name, pose as PoseName, expression as Expression, z, flip);
      lay(canvas, sprite, x, Math.round(y + CHILD / 2 * DEPTH_SCALES[z]!));
    } else {
      const flyer = object.name === "kite" && scene.objects.find((who) => who.name === object.heldBy);
      if (flyer && flyer.holding !== "kite") string(canvas, handOf(flyer), [object.x, object.y]);
      lay(canvas, sprites.thing(object.name, object.z, object.flip), object.x, object.y);
    }
  }
  if (scene.weather === "rainy") lay(canvas, sprites.rain, 0, 0);
  return halve(canvas);
}

/** Blends a sprite with its anchor at (x, y) over the canvas, uint8 [128, 128, 3]; parts outside are cut off. */
function lay(canvas: Uint8Array, sprite: Sprite, x: number, y: number): void {
  const { width, height, data } = sprite;
  const left = Math.round(x - sprite.anchorX);
  const top = Math.round(y - sprite.anchorY);
  const [firstX, lastX] = [Math.max(0, -left), Math.min(width, SCENE - left)];
  const [firstY, lastY] = [Math.max(0, -top), Math.min(height, SCENE - top)];
  for (let row = firstY; row < lastY; row++) {
    let from = (row * width + firstX) * 4;
    let to = ((top + row) * SCENE + left + firstX) * 3;
    for (let column = firstX; column < lastX; column++, from += 4, to += 3) {
      const alpha = data[from + 3]!;
      if (alpha === 0) continue;
      const rest = 255 - alpha;
      canvas[to] = Math.min(255, data[from]! + Math.floor((canvas[to]! * rest + 127) / 255));
      canvas[to + 1] = Math.min(255, data[from + 1]! + Math.floor((canvas[to + 1]! * rest + 127) / 255));
      canvas[to + 2] = Math.min(255, data[from + 2]! + Math.floor((canvas[to + 2]! * rest + 127) / 255));
    }
  }
}

/** Draws a thin white line, the string of a kite. */
function string(canvas: Uint8Array, [x0, y0]: Point, [x1, y1]: Point): void {
  const steps = Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0)));
  for (let i = 0; i <= steps; i++) {
    const x = Math.round(x0 + (x1 - x0) * i / steps);
    const y = Math.round(y0 + (y1 - y0) * i / steps);
    if (x >= 0 && y >= 0 && x < SCENE && y < SCENE) canvas.fill(245, (y * SCENE + x) * 3, (y * SCENE + x) * 3 + 3);
  }
}

/** The mean of each 2×2 block, rounded. */
function halve(canvas: Uint8Array): Uint8Array {
  const picture = new Uint8Array(SIZE * SIZE * 3);
  for (let y = 0, to = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      const at = (y * 2 * SCENE + x * 2) * 3;
      const below = at + SCENE * 3;
      for (let c = 0; c < 3; c++) {
        picture[to++] = (canvas[at + c]! + canvas[at + c + 3]! + canvas[below + c]! + canvas[below + c + 3]! + 2) >> 2;
      }
    }
  }
  return picture;
}
