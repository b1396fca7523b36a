/** Random changes of pictures: shifts, colours, and what they are for each story. */
import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { type Tensor, tf } from "../../../../src/engine/mod.ts";
import { augmented, augmentNoise, changed, recolour, shift } from "../../../../src/model/systems/ours/augment.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import {
  drawAll,
  maxDifference,
  normals,
  scalarOf,
  shapeOf,
  smallestConfig,
  uniforms,
  valuesOf,
} from "../../tiny_model.ts";

const [H, W, C] = [5, 4, 2];
const pictures = normals([3, H, W, C], "pictures");
const values = pictures.arraySync() as number[][][][];
/** The old pixel at (i, j), black beyond the border. */
const pixel = (n: number, i: number, j: number, c: number) => values[n]?.[i]?.[j]?.[c] ?? 0;

/** Compares every pixel of moved pictures with a formula. */
function checkPixels(by: [number, number][], formula: (n: number, i: number, j: number, c: number) => number): void {
  const moved = shift(pictures, tf.tensor2d(by)).arraySync() as number[][][][];
  for (let n = 0; n < 3; n++) {
    for (let i = 0; i < H; i++) {
      for (let j = 0; j < W; j++) {
        for (let c = 0; c < C; c++) assertAlmostEquals(moved[n]![i]![j]![c]!, formula(n, i, j, c), 1e-5);
      }
    }
  }
}

Deno.test("shift() by 0 is the identity", () => {
  assertEquals(maxDifference(shift(pictures, tf.zeros([3, 2])), pictures), 0);
});

Deno.test("shift() by whole pixels moves rows down and columns right, each picture by its own, from a black border", () => {
  const by: [number, number][] = [[1, 0], [0, -2], [-3, 1]];
  checkPixels(by, (n, i, j, c) => pixel(n, i - by[n]![0], j - by[n]![1], c));
});

Deno.test("shift() by half a pixel is the mean of the neighbours, black beyond the border", () => {
  checkPixels([[0.5, 0], [0.5, 0], [0.5, 0]], (n, i, j, c) => (pixel(n, i, j, c) + pixel(n, i - 1, j, c)) / 2);
  checkPixels([[0, -0.5], [0, -0.5], [0, -0.5]], (n, i, j, c) => (pixel(n, i, j, c) + pixel(n, i, j + 1, c)) / 2);
});

Deno.test("shift() by fractions is bilinear interpolation", () => {
  const by: [number, number][] = [[0.3, -0.6], [1.25, 2.5], [-0.1, 0.9]];
  checkPixels(by, (n, i, j, c) => {
    const [y, x] = [i - by[n]![0], j - by[n]![1]];
    const [top, left] = [Math.floor(y), Math.floor(x)];
    const [down, right] = [y - top, x - left];
    return (1 - down) * ((1 - right) * pixel(n, top, left, c) + right * pixel(n, top, left + 1, c)) +
      down * ((1 - right) * pixel(n, top + 1, left, c) + right * pixel(n, top + 1, left + 1, c));
  });
});

Deno.test("shift() passes the gradient of a difference quotient to the pictures", () => {
  const by = tf.mul(uniforms([3, 2], "by"), 2);
  const weights = normals([3, H, W, C], "weights");
  const loss = (x: Tensor) => tf.sum(tf.mul(weights, tf.square(shift(x, by))));
  const gradient = tf.grad(loss)(pictures);
  for (const path of ["one", "two", "three"]) {
    const direction = normals([3, H, W, C], path);
    const at = (factor: number) => scalarOf(loss(tf.add(pictures, tf.mul(direction, factor))));
    const difference = (at(1e-2) - at(-1e-2)) / 2e-2; // exact for a square, but for rounding
    const slope = scalarOf(tf.sum(tf.mul(direction, gradient)));
    assertAlmostEquals(difference / slope, 1, 5e-3);
  }
});

Deno.test("recolour() scales each channel by up to a tenth and adds up to a tenth, the same at all pixels", () => {
  const by = tf.tensor([1, -1, 0.5, 0, 1, -0.5], [1, 2, 3]);
  const images = normals([1, 2, 2, 3], "picture");
  const changed = valuesOf(recolour(images, by));
  valuesOf(images).forEach((x, i) => {
    const c = i % 3;
    assertAlmostEquals(changed[i]!, x * (1 + [0.1, -0.1, 0.05][c]!) + [0, 0.1, -0.05][c]!, 1e-6);
  });
});

Deno.test("changed() moves and recolours pictures by their own numbers, or all frames of a story by the story's", () => {
  const frames = normals([6, 4, 4, 3], "frames"); // 2 stories of 3 frames
  const noise = { "n.shift": uniforms([2, 2], "shift"), "n.colour": uniforms([2, 2, 3], "colour") };
  const rows = [0, 0, 0, 1, 1, 1];
  const ofFrames = {
    "n.shift": tf.gather(noise["n.shift"], rows),
    "n.colour": tf.gather(noise["n.colour"], rows),
  };
  const expected = recolour(shift(frames, tf.mul(ofFrames["n.shift"], 2)), ofFrames["n.colour"]);
  assertEquals(maxDifference(changed(frames, 2, noise, "n"), expected), 0);
  assertEquals(maxDifference(changed(frames, 2, ofFrames, "n"), expected), 0);
  const alike = tf.tile(tf.slice(frames, 0, 1), [6, 1, 1, 1]);
  const [first, second] = tf.split(changed(alike, 2, noise, "n").reshape([2, 3, -1]), 2) as [Tensor, Tensor];
  for (const story of [first, second]) assertLess(scalarOf(tf.max(tf.moments(story, 1).variance)), 1e-9);
  assert(maxDifference(first, second) > 0.1);
});

Deno.test("with loss.augment the discriminator sees changed pictures, real and drawn ones by other numbers; without it, the pictures", () => {
  const images = normals([4, 8, 8, 3], "images");
  const off = smallestConfig("loss.augment=0");
  assertEquals(augmentNoise(off, 2), {});
  assertEquals(augmented(off, images, {}, "real"), images);
  const on = smallestConfig("loss.augment=3");
  const spec = augmentNoise(on, 2);
  assertEquals(Object.keys(spec), [
    "augment.real.shift",
    "augment.real.colour",
    "augment.fake.shift",
    "augment.fake.colour",
  ]);
  assertEquals(Object.keys(spec).every((name) => name in ours.noise(on, shapeOf(2))), true);
  const noise = drawAll(spec);
  const [real, fake] = (["real", "fake"] as const).map((of) => augmented(on, images, noise, of)) as [Tensor, Tensor];
  assertEquals(maxDifference(real, changed(images, 3, noise, "augment.real", true)), 0);
  assertEquals(maxDifference(fake, changed(images, 3, noise, "augment.fake", true)), 0);
  assert(maxDifference(real, fake) > 0.1);
});

Deno.test("changed() by whole pixels moves by the nearest ones, so that each pixel is an old one", () => {
  const images = normals([3, 6, 6, 3], "images");
  const noise = { "n.shift": tf.tensor2d([[0.3, -0.6], [0.1, 0.9], [-0.4, 0]]), "n.colour": tf.zeros([3, 2, 3]) };
  const expected = shift(images, tf.tensor2d([[1, -2], [0, 3], [-1, 0]])); // 3 · 0.3 = 0.9, …
  assertEquals(maxDifference(changed(images, 3, noise, "n", true), expected), 0);
  assert(maxDifference(changed(images, 3, noise, "n"), expected) > 0.1);
});
