/** Losses by the frozen image encoder. */
import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { type Tensor, tf } from "../../../../src/engine/mod.ts";
import { encodeImage, imageEncoderParameters, shownObjects } from "../../../../src/model/damsm/image_encoder.ts";
import { changed } from "../../../../src/model/systems/ours/augment.ts";
import {
  imageEncoderLosses,
  imageLossNoise,
  usesImageEncoder,
} from "../../../../src/model/systems/ours/image_losses.ts";
import { ours } from "../../../../src/model/systems/ours/mod.ts";
import { openNet } from "../../../../src/model/net.ts";
import {
  livelyState,
  normals,
  randomBatch,
  scalarOf,
  shapeOf,
  smallestConfig,
  uniforms,
  valuesOf,
} from "../../tiny_model.ts";

const config = smallestConfig("loss.perceptual=1");
const [STORIES, FRAMES] = [2, 2];
const batch = randomBatch(config, STORIES, FRAMES, 3);
const drawn = batch.images.reshape([STORIES * FRAMES, 64, 64, 3]);
const other = tf.tanh(normals([STORIES * FRAMES, 64, 64, 3], "other"));
const tower = livelyState(imageEncoderParameters(smallestConfig("text.objects=1"), shapeOf(FRAMES).targets));
const noise = {
  "jitter.shift": uniforms([STORIES * FRAMES, 2], "shift"),
  "jitter.colour": uniforms([STORIES * FRAMES, 2, 3], "colour"),
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
      const seen = jitter > 0 ? changed(images, jitter, noise, "jitter") : images;
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
  const draws = {
    "jitter.shift": { shape: [4, 2], kind: "uniform" },
    "jitter.colour": { shape: [4, 2, 3], kind: "uniform" },
  };
  assertEquals([usesImageEncoder(on), imageLossNoise(on, 4) as unknown], [true, draws]);
  assertEquals(imageLossNoise(smallestConfig("loss.perceptual=1"), 4), {});
  assertEquals(ours.noise(on, shapeOf(FRAMES))["jitter.shift"], { shape: [STORIES * FRAMES, 2], kind: "uniform" });
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
