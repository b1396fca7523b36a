import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fixedPictures } from "../../src/data/mod.ts";
import { tf } from "../../src/engine/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { storyDrawer } from "../../src/runs/sampling/draw.ts";
import { ganValidation } from "../../src/runs/validation.ts";
import { damsmParameters } from "../../src/train/damsm.ts";
import { freshCarry, sampledWeights } from "../../src/train/gan.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { storyEncoder } from "../../src/train/text.ts";
import { startEngine, tinyConfig, tinyVocabulary, toySystem } from "../train/tiny.ts";

await startEngine();
const set = await tinyStorySet();
const vocabulary = await tinyVocabulary();

Deno.test("ganValidation() scores plain pictures worse than the real ones, and the same way every time", async () => {
  const config = tinyConfig("record.validation=3", "train.batch=2"); // the last batch is half full
  const encoder = initialize(damsmParameters(config, vocabulary), 1);
  const validate = ganValidation({
    system: toySystem,
    config,
    set,
    vocabulary,
    encoder,
    encode: storyEncoder(config),
    draw: storyDrawer(toySystem, config),
  });
  const weights = sampledWeights(freshCarry(toySystem, config));
  const before = tf.memory().numTensors;
  const { values, score } = await validate(weights);
  assertEquals(Object.keys(values), ["cosine[damsm].val", "frechet[damsm-tower].val"]);
  assertEquals(score, values["frechet[damsm-tower].val"]);
  assert(score > 0 && Math.abs(values["cosine[damsm].val"]!) <= 100);
  assertEquals(await validate(weights), { values, score });
  assertEquals(tf.memory().numTensors, before);

  // A generator that draws the validation frames themselves is at no distance.
  const frames = set.split("val").flatMap((story) => fixedPictures(set, story).map((picture) => [...picture]));
  let next = 0;
  const perfect = ganValidation({
    system: toySystem,
    config,
    set,
    vocabulary,
    encoder,
    encode: storyEncoder(config),
    draw(_weights, { sentences }) {
      const [B, T] = sentences.shape as [number, number];
      const bytes = frames.slice(next, next += B * T).flat();
      return tf.tensor(bytes.map((x) => x / 127.5 - 1), [B, T, 64, 64, 3]);
    },
  });
  const ideal = await perfect(weights);
  assertAlmostEquals(ideal.score, 0, score / 1000);
});
