import { assertEquals, assertGreater, assertLess, assertRejects } from "@std/assert";
import sharp from "sharp";
import { UserError } from "../../../../src/base/errors.ts";
import { drawingOf } from "../../../../src/data/sets/abstract/objects.ts";
import { HEIGHT, renderingOrder, sceneRenderer, WIDTH } from "../../../../src/data/sets/abstract/render.ts";
import type { ClipArt } from "../../../../src/data/sets/abstract/scenes.ts";

/** Clip art of these tests: left half in one colour, right half in the other. */
const looks: Record<string, { size: [number, number]; colours: [number[], number[]] }> = {
  background: { size: [WIDTH, HEIGHT], colours: [[9, 9, 9], [9, 9, 9]] },
  s_2: { size: [100, 60], colours: [[200, 200, 200], [220, 220, 220]] }, // cloud
  s_3: { size: [80, 80], colours: [[255, 255, 0], [255, 200, 0]] }, // sun
  p_8: { size: [900, 1000], colours: [[0, 90, 0], [0, 120, 0]] }, // tree, larger than the scene
  a_2: { size: [100, 40], colours: [[255, 0, 0], [0, 0, 255]] }, // dog
  t_4: { size: [40, 40], colours: [[255, 255, 255], [1, 1, 1]] }, // ball
};

async function clipArt(stem: string): Promise<Uint8Array> {
  const { size: [width, height], colours: [left, right] } = looks[stem]!;
  const pixels = Uint8Array.from(
    { length: width * height * 4 },
    (_, i) => [...(i / 4) % width < width / 2 ? left : right, 255][i % 4]!,
  );
  return new Uint8Array(await sharp(pixels, { raw: { width, height, channels: 4 } }).png().toBuffer());
}

const render = sceneRenderer(clipArt);
const put = (stem: string, x: number, y: number, z = 0, flip = false): ClipArt => (
  { drawing: drawingOf(`${stem}.png`)!, x, y, z, flip }
);

/** Draws and gives a function of the pixel at (x, y). */
async function draw(...objects: ClipArt[]): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(await render(objects)).raw().toBuffer({ resolveWithObject: true });
  assertEquals([info.width, info.height, info.channels], [WIDTH, HEIGHT, 3]);
  return (x, y) => [...data.subarray((y * WIDTH + x) * 3, (y * WIDTH + x) * 3 + 3)];
}

const [red, blue, ground] = [[255, 0, 0], [0, 0, 255], [9, 9, 9]];

Deno.test("sceneRenderer() draws the background alone for a scene without objects", async () => {
  const at = await draw();
  assertEquals([at(0, 0), at(499, 399)], [ground, ground]);
});

Deno.test("sceneRenderer() centres a thing on its place", async () => {
  const at = await draw(put("a_2", 250, 200)); // 200 to 299 by 180 to 219
  assertEquals([at(200, 180), at(249, 219), at(250, 180), at(299, 219)], [red, red, blue, blue]);
  assertEquals([at(199, 200), at(300, 200), at(250, 179), at(250, 220)], [ground, ground, ground, ground]);
});

Deno.test("sceneRenderer() mirrors a flipped thing about its place", async () => {
  const at = await draw(put("a_2", 250, 200, 0, true));
  assertEquals([at(200, 180), at(299, 219)], [blue, red]);
});

Deno.test("sceneRenderer() shrinks by depth: 1, 0.7, 0.49", async () => {
  for (const [z, width, height] of [[0, 100, 40], [1, 70, 28], [2, 49, 20]] as const) {
    const at = await draw(put("a_2", 250, 200, z));
    const count = (pixel: (i: number) => number[]) =>
      Array.from({ length: 400 }, (_, i) => pixel(i)).filter((colour) => colour.join() !== ground.join()).length;
    assertEquals([count((x) => at(x, 200)), count((y) => at(250, y))], [width, height]);
  }
});

Deno.test("sceneRenderer() lets near things hide far ones, whatever their order in the file", async () => {
  const [near, far] = [put("a_2", 250, 200, 0), put("t_4", 240, 200, 2)];
  for (const objects of [[near, far], [far, near]]) assertEquals((await draw(...objects))(240, 200), red);
  assertEquals((await draw(near, put("t_4", 240, 200, 0)))(235, 200), [255, 255, 255]); // one depth: the later one
});

Deno.test("sceneRenderer() draws the sun behind the sky, and the sky behind all else", async () => {
  const [sun, cloud, dog] = [put("s_3", 250, 100, 0), put("s_2", 250, 100, 2), put("a_2", 250, 100, 2)];
  assertEquals((await draw(cloud, sun))(240, 100), [200, 200, 200]);
  assertEquals((await draw(dog, cloud, sun))(240, 100), red);
  const order = renderingOrder([dog, put("s_2", 0, 0, 0), sun, cloud, put("t_4", 0, 0, 1), put("t_4", 0, 0, 2)]);
  assertEquals(order.map(({ drawing, z }) => `${drawing.stem}/${z}`), [
    "s_3/0",
    "s_2/2",
    "s_2/0",
    "a_2/2",
    "t_4/2",
    "t_4/1",
  ]);
});

Deno.test("sceneRenderer() cuts what hangs over an edge and skips what lies outside", async () => {
  const at = await draw(put("a_2", 0, 0), put("a_2", 490, 399), put("a_2", -60, 100), put("t_4", 250, 9000));
  assertEquals([at(0, 0), at(49, 19), at(50, 10)], [blue, blue, ground]);
  assertEquals([at(499, 399), at(440, 379), at(439, 399)], [blue, red, ground]);
  assertEquals(at(0, 100), ground);
  assertEquals((await draw(put("p_8", 250, 200)))(499, 399), [0, 120, 0]); // larger than the scene on all sides
});

Deno.test("sceneRenderer() blends half-transparent edges with what is behind", async () => {
  const glass = Uint8Array.from({ length: 40 * 40 * 4 }, (_, i) => [255, 255, 255, 128][i % 4]!);
  const png = await sharp(glass, { raw: { width: 40, height: 40, channels: 4 } }).png().toBuffer();
  const through = sceneRenderer((stem) => stem === "t_4" ? Promise.resolve(new Uint8Array(png)) : clipArt(stem));
  const { data } = await sharp(await through([put("t_4", 250, 200)])).raw().toBuffer({ resolveWithObject: true });
  const value = data[(200 * WIDTH + 250) * 3]!;
  assertGreater(value, 128);
  assertLess(value, 136);
});

Deno.test("sceneRenderer() names the clip art that it cannot read", async () => {
  for (const bytes of [new Uint8Array(), new TextEncoder().encode("no picture"), (await clipArt("a_2")).slice(0, 90)]) {
    const broken = sceneRenderer((stem) => stem === "a_2" ? Promise.resolve(bytes) : clipArt(stem));
    await assertRejects(() => broken([put("a_2", 1, 1)]), UserError, "Cannot read the clip art Pngs/a_2");
  }
});
