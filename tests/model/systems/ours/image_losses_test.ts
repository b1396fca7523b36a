/** Losses by the frozen image encoder, and the random shift before it. */
import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { type Tensor, tf } from "../../../../src/engine/mod.ts";
import { encodeImage, imageEncoderParameters, shownObjects } from "../../../../src/model/damsm/image_encoder.ts";
import {
  imageEncoderLosses,
  imageLossNoise,
  recolour,
  shift,
  usesImageEncoder,
} from "../../../../src/model/systems/ours/image_losses.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import { openNet } from "../../../../src/model/net.ts";
import {
  livelyState,
  maxDifference,
  normals,
  randomBatch,
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

const config = smallestConfig("loss.perceptual=1");
const [STORIES, FRAMES] = [2, 2];
const batch = randomBatch(config, STORIES, FRAMES, 3);
const drawn = batch.images.reshape([STORIES * FRAMES, 64, 64, 3]);
const other = tf.tanh(normals([STORIES * FRAMES, 64, 64, 3], "other"));
const tower = livelyState(imageEncoderParameters(smallestConfig("text.objects=1"), shapeOf(FRAMES).targets));
const noise = {
  shift: uniforms([STORIES * FRAMES, 2], "shift"),
  colour: uniforms([STORIES * FRAMES, 2, 3], "colour"),
};

/** The value of a term. */
function term(name: string, images: Tensor, overrides: string[]): number {
  const tuned = smallestConfig(...overrides);
  const terms = imageEncoderLosses(tuned, openNet(tower, true), images, batch, batch, noise);
  return scalarOf(terms.find((term) => term.name === name)!.loss);
}

for (const jitter of [0, 1.5]) {
  const overrides = ["loss.perceptual=1", `loss.jitter=${jitter}`];

  Deno.test(`the perceptual loss is 0 for the real frames themselves and positive for others, jitter ${jitter}`, () => {
    assertEquals(term("perceptual", drawn, overrides), 0);
    assertGreater(term("perceptual", other, overrides), 0.01);
  });

  Deno.test(`the perceptual loss is the mean absolute difference of cells' colours and of both last maps, jitter ${jitter}`, () => {
    const cells = (images: Tensor) => tf.mean(images.reshape([4, 8, 8, 8, 8, 3]), [2, 4]);
    const maps = (images: Tensor) => {
      const seen = jitter > 0 ? recolour(shift(images, tf.mul(noise.shift, jitter)), noise.colour) : images;
      return [cells(images), ...encodeImage(config, tower, seen, false).maps.slice(2)];
    };
    const [a, b] = [maps(other), maps(drawn)];
    assertEquals(a.map(({ shape }) => shape), [[4, 8, 8, 3], [4, 8, 8, 8], [4, 4, 4, 16]]);
    const distances = a.map((map, i) => {
      const [x, y] = [valuesOf(map), valuesOf(b[i]!)];
      return x.reduce((sum, value, k) => sum + Math.abs(value - y[k]!), 0) / x.length;
    });
    const expected = distances.reduce((sum, value) => sum + value, 0) / 3;
    assertAlmostEquals(term("perceptual", other, overrides) / expected, 1, 1e-4);
  });
}

Deno.test("the objects' loss is the binary cross entropy of what the image encoder's object head finds", () => {
  const logits = shownObjects(tower, encodeImage(config, tower, other, false));
  const [x, y] = [valuesOf(logits), valuesOf(batch.targets)];
  assertEquals(logits.shape, [STORIES * FRAMES, 3]);
  const entropies = x.map((logit, k) => Math.log1p(Math.exp(logit)) - logit * y[k]!);
  const expected = entropies.reduce((sum, value) => sum + value) / x.length;
  assertAlmostEquals(term("encoder_objects", other, ["loss.encoderObjects=3", "text.objects=1"]), expected, 1e-5);
});

Deno.test("the image encoder's losses see jittered pictures: DAMSM changes with the shift", () => {
  const [still, moved] = [0, 2].map((jitter) => term("damsm", other, ["loss.damsm=1", `loss.jitter=${jitter}`]));
  assertGreater(Math.abs(still! - moved!), 1e-4);
});

Deno.test("the perceptual loss has the gradient of a difference quotient with respect to the drawn frames, and none to the real", () => {
  const tuned = smallestConfig("loss.perceptual=1", "loss.jitter=1");
  const net = openNet(tower, true);
  const loss = (drawn: Tensor, real: Tensor) =>
    imageEncoderLosses(tuned, net, drawn, { images: real.reshape(batch.images.shape) }, batch, noise)[0]!.loss
      .asScalar();
  const [toDrawn, toReal] = tf.grads((a: Tensor, b: Tensor) => tf.add(loss(a, b), tf.mul(tf.sum(b), 0)))([
    other,
    drawn,
  ]);
  assertEquals(scalarOf(tf.max(tf.abs(toReal!))), 0);
  const direction = tf.add(
    tf.div(toDrawn!, tf.norm(toDrawn!)),
    tf.div(normals(other.shape, "way"), 4 * Math.sqrt(other.size)),
  );
  const at = (factor: number) => scalarOf(loss(tf.add(other, tf.mul(direction, factor)), drawn));
  const slope = scalarOf(tf.sum(tf.mul(direction, toDrawn!)));
  assertAlmostEquals((at(0.02) - at(-0.02)) / 0.04 / slope, 1, 0.03);
});

Deno.test("the image encoder's losses are those with a weight, with their weight; without one nothing is encoded or drawn", () => {
  const named = (...overrides: string[]) =>
    imageEncoderLosses(smallestConfig(...overrides), openNet(tower, true), other, batch, batch, noise)
      .map(({ name, weight }) => [name, weight]);
  assertEquals(named(), []);
  assertEquals(named("loss.damsm=5"), [["damsm", 5]]);
  assertEquals(named("loss.damsm=5", "loss.perceptual=2"), [["damsm", 5], ["perceptual", 2]]);
  const off = smallestConfig("loss.jitter=1");
  assertEquals([usesImageEncoder(off), imageLossNoise(off, 4)], [false, {}]);
  const on = smallestConfig("loss.jitter=1", "loss.perceptual=1");
  const draws = { shift: { shape: [4, 2], kind: "uniform" }, colour: { shape: [4, 2, 3], kind: "uniform" } };
  assertEquals([usesImageEncoder(on), imageLossNoise(on, 4) as unknown], [true, draws]);
  assertEquals(imageLossNoise(smallestConfig("loss.perceptual=1"), 4), {});
  assertEquals(ours.noise(on, shapeOf(FRAMES)).shift, { shape: [STORIES * FRAMES, 2], kind: "uniform" });
});

Deno.test("the losses need the image encoder as a frozen network exactly where one of them is on", () => {
  const needed = (...overrides: string[]) =>
    ours.frozen!(smallestConfig(...overrides)).map(({ prefix, inLosses }) => [prefix, inLosses]);
  assertEquals(needed(), [["text.", false], ["tower.", false]]);
  for (const on of ["loss.damsm=1", "loss.perceptual=1", "loss.encoderObjects=1"]) {
    assertEquals(needed(on), [["text.", false], ["tower.", true]]);
    assert(needed(on, "text.tower=inception").some(([prefix, used]) => prefix === "inception." && used === true));
  }
});

Deno.test("imageEncoderLosses() leave the encoder's running statistics", () => {
  const net = openNet(tower, true);
  imageEncoderLosses(config, net, other, batch, batch, noise);
  assertEquals(net.updates, {});
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
