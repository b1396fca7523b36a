import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { tf } from "../../src/engine/mod.ts";
import { uploadCarry } from "../../src/train/checkpoint.ts";
import {
  damsmCheckpointEvery,
  damsmLearningRate,
  damsmShapes,
  freshDamsmCarry,
  trainDamsm,
} from "../../src/train/damsm.ts";
import type { Recorder, TrainingStart } from "../../src/train/recorder.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { memoryRecorder, startEngine, tinyConfig, tinyVocabulary } from "./tiny.ts";

await startEngine();
const set = await tinyStorySet();
const vocabulary = await tinyVocabulary();
const config = tinyConfig("text.steps=10", "text.batch=4", "record.log=1", "text.learningRate=0.01");

const train = (record: Recorder, start?: TrainingStart, signal?: AbortSignal) =>
  trainDamsm({
    config,
    set,
    vocabulary,
    record,
    signal,
    start: start ?? { step: 0, carry: freshDamsmCarry(config, vocabulary), best: undefined },
  });

Deno.test("trainDamsm() lowers its loss, validates ten times, and resumes to the same state", async () => {
  const before = tf.memory().numTensors;
  const whole = memoryRecorder();
  const end = await train(whole.record);
  assertEquals(end.state, "finished");
  const losses = whole.kept.metrics.flatMap(({ values }) => values["loss.damsm"] ?? []);
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  assertEquals(losses.length, 10);
  assertLess(mean(losses.slice(-3)), mean(losses.slice(0, 3)));
  assertEquals(Object.keys(whole.kept.saved).length, 10);
  const validations = whole.kept.metrics.filter(({ values }) => "loss.damsm.val" in values);
  assertEquals(validations.map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const scores = validations.map(({ values }) => values["loss.damsm.val"]!);
  assertEquals(end.best, { step: validations[scores.indexOf(Math.min(...scores))]!.step, score: Math.min(...scores) });
  for (const { values } of validations) {
    const top = values["top1[of 4].val"]!;
    assert(top >= 0 && top <= 1 && Number.isInteger(4 * top));
  }

  const controller = new AbortController();
  const first = memoryRecorder((step) => step === 7 && controller.abort());
  const { step, best, state } = await train(first.record, undefined, controller.signal);
  assertEquals([state, step], ["interrupted", 7]);
  const second = memoryRecorder();
  await train(second.record, { step, best, carry: uploadCarry(first.kept.last, damsmShapes(config, vocabulary)) });
  assertEquals([...first.kept.metrics, ...second.kept.metrics], whole.kept.metrics);
  assertEquals(second.kept.saved[10], whole.kept.saved[10]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("trainDamsm() stops at numbers that are not finite, and names step and part", async () => {
  const { kept, record } = memoryRecorder();
  const carry = freshDamsmCarry(config, vocabulary);
  const kernel = carry.model["tower.conv2.kernel"]!;
  carry.model["tower.conv2.kernel"] = tf.fill(kernel.shape, 1e30); // its activations' variance is infinite
  kernel.dispose();
  const { message } = await assertRejects(() => train(record, { step: 0, carry, best: undefined }), UserError);
  assertStringIncludes(message, "Training broke at step 1: NaN or infinity, first in tower.conv2 (forward pass).");
  assertEquals(Object.keys(kept.saved), []);
});

Deno.test("trainDamsm() of no steps keeps the encoder as it was drawn", async () => {
  const { kept, record } = memoryRecorder();
  const none = tinyConfig("text.steps=0");
  const start = { step: 0, carry: freshDamsmCarry(none, vocabulary), best: undefined };
  const end = await trainDamsm({ config: none, set, vocabulary, record, start });
  assertEquals([end.state, end.step, end.best?.step], ["finished", 0, 0]);
  assertEquals(Object.keys(kept.saved), ["0"]);
});

Deno.test("damsmLearningRate() falls by 2 % with every pass over the frames, to a tenth at the least", () => {
  const frames = 100; // 25 steps of 4
  assertEquals(damsmLearningRate(config, 25, frames), 0.01);
  assertAlmostEquals(damsmLearningRate(config, 26, frames), 0.0098, 1e-9);
  assertAlmostEquals(damsmLearningRate(config, 100_000, frames), 0.001, 1e-9);
});

Deno.test("damsmCheckpointEvery() is a tenth of the run", () => {
  assertEquals(damsmCheckpointEvery(tinyConfig("text.steps=400")), 40);
  assertEquals(damsmCheckpointEvery(tinyConfig("text.steps=3")), 1);
});
