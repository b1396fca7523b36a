import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { fixedPictures } from "../../src/data/mod.ts";
import { tf } from "../../src/engine/mod.ts";
import type { FeatureNetwork } from "../../src/metrics/features.ts";
import { frechet } from "../../src/metrics/frechet.ts";
import { realAgainstReal } from "../../src/evaluation/real_against_real.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { startEngine } from "../train/tiny.ts";

/** A network with one feature: the mean of a frame. */
const mean: FeatureNetwork = {
  name: "mean",
  digest: "mean",
  of: "frames",
  width: 1,
  features: (images) => tf.tidy(() => tf.mean(images, [2, 3, 4]).reshape([-1, 1])),
  dispose() {},
};

Deno.test("realAgainstReal() is the distance of the first n stories to the next n", async () => {
  await startEngine();
  const set = await tinyStorySet();
  const [one, three] = await realAgainstReal(mean, set, [1, 3]);
  const values = (from: number, to: number) =>
    Float32Array.from(
      set.split("train").slice(from, to).flatMap((story) => fixedPictures(set, story)),
      (picture) => picture.reduce((sum, byte) => sum + (byte / 127.5 - 1), 0) / picture.length,
    );
  const features = (from: number, to: number) => ({ values: values(from, to), width: 1, rows: 5 });
  assertEquals([one!.stories, three!.stories], [1, 3]);
  assertAlmostEquals(one!.distance, frechet(features(0, 1), features(1, 2)), 1e-5);
  assertAlmostEquals(three!.distance, frechet(features(0, 3), features(3, 6)), 1e-5);
  await assertRejects(() => realAgainstReal(mean, set, [7]), UserError, "has 12");
});
