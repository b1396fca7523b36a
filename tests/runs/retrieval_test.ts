import { assert, assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { tf } from "../../src/engine/mod.ts";
import { damsm } from "../../src/model/damsm/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { damsmValidation, retrievalEvaluator } from "../../src/runs/retrieval.ts";
import { dataShape } from "../../src/runs/workplace.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { startEngine, tinyConfig, tinyVocabulary } from "../train/tiny.ts";

await startEngine();
const set = await tinyStorySet();
const vocabulary = await tinyVocabulary();
const config = tinyConfig("text.batch=3"); // 20 frames: six whole batches, and one that is filled up

Deno.test("retrievalEvaluator() evaluates every frame of a split, the same way every time", async () => {
  const model = initialize(damsm.parameters(config, dataShape(set, vocabulary)), 1);
  const evaluate = retrievalEvaluator(config, set, vocabulary);
  const before = tf.memory().numTensors;
  const found = await evaluate(model, "val");
  assertEquals(found.frames, 4 * 5);
  assertEquals([found.sentence.among, found.description.among].map((n) => n > 10 && n <= 16), [true, true]);
  for (const { mean } of [found.sentence, found.description]) assert(mean >= 0 && mean <= 1);
  // Random codes: log 3 for each of two directions and two levels.
  assertGreater(found.loss, 2 * Math.log(3));
  assertEquals(await evaluate(model, "val"), found);
  assertEquals(tf.memory().numTensors, before);
  assertEquals((await evaluate(model, "test", 2)).frames, 10);
});

Deno.test("damsmValidation() chooses by the loss, and names its numbers by their protocol", async () => {
  const measured = (mean: number) => ({ mean, deviation: 0.01, among: 100 });
  const asked: unknown[] = [];
  const validate = damsmValidation((model, split, limit) => {
    asked.push([Object.keys(model), split, limit]);
    return Promise.resolve({ frames: 500, loss: 7, sentence: measured(0.3), description: measured(0.6) });
  }, { "inception.a": tf.scalar(1) });
  const { values, score } = await validate({ "text.b": tf.scalar(1) });
  assertEquals(asked, [[["text.b", "inception.a"], "val", 100]]);
  assertAlmostEquals(score, 7);
  assertEquals(values, {
    "loss.damsm.val": 7,
    "r-precision[description, 1 of 100].val": 0.6,
    "r-precision[sentence, 1 of 100].val": 0.3,
  });
});
