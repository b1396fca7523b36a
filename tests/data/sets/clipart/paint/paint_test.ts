import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { paintScene, SIZE } from "../../../../../src/data/sets/clipart/paint/paint.ts";
import { loadSprites } from "../../../../../src/data/sets/clipart/paint/sprites.ts";
import { expressions } from "../../../../../src/data/sets/clipart/world/objects.ts";
import type { ClipartScene } from "../../../../../src/data/sets/clipart/scene.ts";
import type { SceneObject } from "../../../../../src/data/store/scene.ts";

const mike: SceneObject = {
  name: "mike",
  kind: "boy",
  x: 64,
  y: 89,
  z: 0,
  flip: false,
  pose: "stand",
  expression: "happy",
};
const scene = (objects: SceneObject[], weather = "sunny", place = "park"): ClipartScene => ({
  place,
  weather,
  event: { verb: "begin" },
  objects,
});

/** Rows and columns of the pixels in which two pictures differ clearly. */
function changed(a: Uint8Array, b: Uint8Array): { rows: number[]; columns: number[] } {
  const rows = new Set<number>();
  const columns = new Set<number>();
  a.forEach((value, i) => {
    if (Math.abs(value - b[i]!) < 30) return;
    const pixel = Math.floor(i / 3);
    rows.add(Math.floor(pixel / SIZE));
    columns.add(pixel % SIZE);
  });
  return { rows: [...rows].sort((p, q) => p - q), columns: [...columns].sort((p, q) => p - q) };
}

const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

Deno.test("paintScene() draws a near child nearly half as high as the picture, and a far one smaller", async () => {
  const sprites = await loadSprites();
  const empty = paintScene(scene([]), sprites);
  const near = changed(paintScene(scene([mike]), sprites), empty);
  assertGreater(near.rows.length / SIZE, 0.4);
  assertLess(near.rows.length / SIZE, 0.5);
  const far = changed(paintScene(scene([{ ...mike, z: 2, y: 70 }]), sprites), empty);
  assertLess(Math.abs(far.rows.length / near.rows.length - 0.49), 0.06);
});

Deno.test("paintScene() draws every expression differently", async () => {
  const sprites = await loadSprites();
  const faces = expressions.map((expression) => paintScene(scene([{ ...mike, expression }]), sprites));
  faces.forEach((face, i) =>
    faces.slice(i + 1).forEach((other) => assertGreater(changed(face, other).rows.length, 3, expressions[i]))
  );
});

Deno.test("paintScene() mirrors a flipped child", async () => {
  const sprites = await loadSprites();
  const empty = paintScene(scene([]), sprites);
  const kick = { ...mike, pose: "kick" };
  const right = changed(paintScene(scene([kick]), sprites), empty).columns;
  const left = changed(paintScene(scene([{ ...kick, flip: true }]), sprites), empty).columns;
  assertGreater(right.at(-1)! - 32, 32 - right[0]!);
  assertLess(left.at(-1)! - 32, 32 - left[0]!);
});

Deno.test("paintScene() covers far objects by near ones and cuts objects at the edge", async () => {
  const sprites = await loadSprites();
  const house: SceneObject = { name: "house", kind: "large", x: 64, y: 68, z: 0, flip: false };
  const front = paintScene(scene([mike, house]), sprites);
  assertEquals(changed(front, paintScene(scene([house]), sprites)).rows, []);
  assert(changed(paintScene(scene([{ ...mike, x: 0 }]), sprites), paintScene(scene([]), sprites)).columns[0] === 0);
});

Deno.test("paintScene() renders distinct weathers and places", async () => {
  const sprites = await loadSprites();
  const brightness = ["sunny", "cloudy", "rainy", "evening"].map((weather) =>
    mean(paintScene(scene([], weather), sprites))
  );
  assertGreater(brightness[0]!, brightness[2]! + 20);
  assertGreater(brightness[1]!, brightness[3]! + 20);
  const sky = (weather: string) => paintScene(scene([], weather), sprites).subarray(0, 3);
  assertGreater(sky("sunny")[2]! - sky("sunny")[0]!, 100); // blue
  assertLess(sky("cloudy")[2]! - sky("cloudy")[0]!, 60); // grey
  const ground = (place: string) => paintScene(scene([], "sunny", place), sprites).subarray(-3);
  assertGreater(ground("park")[1]!, ground("park")[0]! + 50); // green
  assertGreater(ground("beach")[0]!, ground("beach")[1]!); // sand
});
