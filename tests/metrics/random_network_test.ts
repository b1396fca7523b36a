import { assertAlmostEquals, assertEquals } from "@std/assert";
import { tf, useEngine } from "../../src/engine/mod.ts";
import { randomFeatures, randomNetwork, randomWidth } from "../../src/metrics/random_network.ts";

await useEngine("cpu");

/** Pictures with a pattern [2, 8, 8, 3]. */
const pictures = tf.tensor(Array.from({ length: 2 * 8 * 8 * 3 }, (_, i) => Math.sin(i * i)), [2, 8, 8, 3]);

Deno.test("randomFeatures() has the same weights every time, and one row a picture, whatever the batch", () => {
  const all = randomFeatures(randomNetwork(), pictures);
  assertEquals(all.shape, [2, randomWidth]);
  const second = randomFeatures(randomNetwork(), pictures.slice([1, 0, 0, 0], [1, 8, 8, 3]));
  all.slice([1, 0], [1, randomWidth]).dataSync().forEach((x, i) => assertAlmostEquals(x, second.dataSync()[i]!, 1e-6));
  // With other weights, records of this name would be of another metric.
  assertAlmostEquals(tf.sum(all).dataSync()[0]!, 15.16803, 1e-3);
});
