import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { fixedPictures } from "../../src/data/mod.ts";
import { tf } from "../../src/engine/mod.ts";
import { validateConfig } from "../../src/model/config.ts";
import { damsm } from "../../src/model/damsm/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { storyGenerator } from "../../src/runs/sampling/generate.ts";
import { bestBy, systemValidation } from "../../src/runs/validation.ts";
import { dataShape } from "../../src/runs/workplace.ts";
import { conditioner } from "../../src/train/inputs.ts";
import { initialState, sampledWeights } from "../../src/train/state.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { startEngine, tinyConfig, tinyVocabulary, toySystem } from "../train/tiny.ts";

await startEngine();
const set = await tinyStorySet();
const vocabulary = await tinyVocabulary();

Deno.test("systemValidation() scores plain pictures worse than the real ones, and the same way every time", async () => {
  const config = tinyConfig("record.validation=3", "train.batch=2"); // the last batch is half full
  const data = dataShape(set, vocabulary);
  const frozen = initialize(damsm.parameters(config, data), 1);
  const validate = systemValidation({
    system: toySystem,
    config,
    set,
    vocabulary,
    frozen,
    condition: conditioner(toySystem, config),
    generate: storyGenerator(toySystem, config),
  });
  const weights = sampledWeights(toySystem, config, initialState(toySystem, config, data));
  const before = tf.memory().numTensors;
  const { values, score } = await validate(weights);
  assertEquals(Object.keys(values), ["cosine[damsm].val", "frechet[conv-random].val", "frechet[damsm-tower].val"]);
  assertEquals(score, values["frechet[conv-random].val"]);
  assert(score > 0 && Math.abs(values["cosine[damsm].val"]!) <= 100);
  assertEquals(await validate(weights), { values, score });
  assertEquals(tf.memory().numTensors, before);

  // A generator that returns the validation frames themselves is at no distance.
  const frames = set.split("val").flatMap((story) => fixedPictures(set, story).map((picture) => [...picture]));
  let next = 0;
  const perfect = systemValidation({
    system: toySystem,
    config,
    set,
    vocabulary,
    frozen,
    condition: conditioner(toySystem, config),
    generate(_weights, { mask }) {
      const [B, T] = mask!.shape as [number, number];
      const bytes = frames.slice(next, next += B * T).flat();
      return tf.tensor(bytes.map((x) => x / 127.5 - 1), [B, T, 64, 64, 3]);
    },
  });
  const ideal = await perfect(weights);
  assertAlmostEquals(ideal.score, 0, score / 1000);
  assertAlmostEquals(ideal.values["frechet[damsm-tower].val"]!, 0, values["frechet[damsm-tower].val"]! / 1000);
});

Deno.test("bestBy() names the distance that the configuration chooses by, and that of runs older than the choice", () => {
  assertEquals(bestBy(tinyConfig()), "frechet[conv-random].val");
  assertEquals(bestBy(tinyConfig("record.best=image-encoder")), "frechet[damsm-tower].val");
  const { best: _, ...record } = tinyConfig().record;
  assertEquals(bestBy(validateConfig({ ...tinyConfig(), record })), "frechet[damsm-tower].val");
});
