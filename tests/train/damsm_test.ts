import { assertAlmostEquals, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../../src/base/errors.ts";
import { type State, tf } from "../../src/engine/mod.ts";
import { damsm, damsmLearningRate, withWordVectors } from "../../src/model/damsm/mod.ts";
import { textParameters } from "../../src/model/damsm/text_encoder.ts";
import { initialize } from "../../src/model/parameters.ts";
import { dataShape, targetsRead } from "../../src/runs/workplace.ts";
import { uploadTrainState } from "../../src/train/checkpoint.ts";
import { outOfPatience } from "../../src/train/loop.ts";
import type { Recorder, TrainingStart } from "../../src/train/recorder.ts";
import { initialState, stateShapes } from "../../src/train/state.ts";
import { tinyStorySet } from "../fixtures/tiny_stories.ts";
import { memoryRecorder, startEngine, tinyConfig, tinyVocabulary, trainTiny } from "./tiny.ts";

await startEngine();
const set = await tinyStorySet();
const vocabulary = await tinyVocabulary();
const config = tinyConfig("text.steps=10", "text.batch=4", "record.log=1", "text.learningRate=0.01", "text.patience=0");
const data = dataShape(set, vocabulary, targetsRead(damsm, config, set));

/** A score that depends on the model alone: how far a parameter is from where it starts. */
async function validate(model: State): Promise<{ values: Record<string, number>; score: number }> {
  const score = Math.abs((await model["tower.global.bias"]!.data())[0]! - 0.03);
  return { values: { score }, score };
}

const train = (record: Recorder, start?: TrainingStart, signal?: AbortSignal) =>
  trainTiny(damsm, config, { record, validate, signal, ...(start ? { start } : {}) });

Deno.test("train() of DAMSM lowers its loss, validates ten times, and resumes to the same state", async () => {
  const before = tf.memory().numTensors;
  const whole = memoryRecorder();
  const end = await train(whole.record);
  assertEquals(end.state, "finished");
  const losses = whole.kept.metrics.flatMap(({ values }) => values["loss.damsm"] ?? []);
  const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
  assertEquals(losses.length, 10);
  assertLess(mean(losses.slice(-3)), mean(losses.slice(0, 3)));
  assertEquals(Object.keys(whole.kept.saved).length, 10);
  const validations = whole.kept.metrics.filter(({ values }) => "score" in values);
  assertEquals(validations.map(({ step }) => step), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const scores = validations.map(({ values }) => values["score"]!);
  assertEquals(end.best, { step: validations[scores.indexOf(Math.min(...scores))]!.step, score: Math.min(...scores) });

  const controller = new AbortController();
  const first = memoryRecorder((step) => step === 7 && controller.abort());
  const { step, best, state } = await train(first.record, undefined, controller.signal);
  assertEquals([state, step], ["interrupted", 7]);
  const second = memoryRecorder();
  await train(second.record, {
    step,
    best,
    state: uploadTrainState(first.kept.last, stateShapes(damsm, config, data)),
  });
  assertEquals([...first.kept.metrics, ...second.kept.metrics], whole.kept.metrics);
  assertEquals(second.kept.saved[10], whole.kept.saved[10]);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("train() of DAMSM stops at numbers that are not finite, and names step and part", async () => {
  const { kept, record } = memoryRecorder();
  const state = initialState(damsm, config, data);
  const kernel = state.model["tower.conv2.kernel"]!;
  state.model["tower.conv2.kernel"] = tf.fill(kernel.shape, 1e30); // its activations' variance is infinite
  kernel.dispose();
  const { message } = await assertRejects(() => train(record, { step: 0, state, best: undefined }), UserError);
  assertStringIncludes(
    message,
    "Training broke at step 1: NaN or infinity, first in tower.conv2 (forward pass, update damsm).",
  );
  assertEquals(Object.keys(kept.saved), []);
});

Deno.test("train() of DAMSM of no steps keeps the encoder as it was initialised", async () => {
  const { kept, record } = memoryRecorder();
  const none = tinyConfig("text.steps=0");
  const end = await trainTiny(damsm, none, { record, validate });
  assertEquals([end.state, end.step, end.best?.step], ["finished", 0, 0]);
  assertEquals(Object.keys(kept.saved), ["0"]);
});

Deno.test("train() of DAMSM stops when validation is out of patience, and again where it stopped when it is resumed", async () => {
  const patient = tinyConfig("text.steps=10", "text.batch=4", "record.log=1", "text.patience=2");
  // The lowest loss is the third one.
  const scores = [5, 4, 3, 3.5, 3.1, 2, 1, 1, 1, 1];
  const run = (start: TrainingStart, record: Recorder, asked = start.step) => {
    const validate = () => Promise.resolve({ values: {}, score: scores[asked++]! });
    return trainTiny(damsm, patient, { record, start, validate });
  };
  const fresh = () => ({ step: 0, state: initialState(damsm, patient, data), best: undefined });
  const { kept, record } = memoryRecorder();
  const end = await run(fresh(), record);
  assertEquals(end, { state: "finished", step: 5, best: { step: 3, score: 3 } });
  assertEquals(Object.keys(kept.saved), ["1", "2", "3", "4", "5"]);
  // Killed after its last checkpoint was saved, it has nothing left to do.
  const shapes = stateShapes(damsm, patient, data);
  const again = memoryRecorder();
  const resumed = await run({ step: 5, best: end.best, state: uploadTrainState(kept.last, shapes) }, again.record);
  assertEquals(resumed, end);
  assertEquals(again.kept.saved, {});
});

Deno.test("outOfPatience() counts validations since the best one", () => {
  const patient = damsm.schedule(tinyConfig("text.steps=100", "text.patience=2"));
  const best = { step: 30, score: 1 };
  assertEquals([30, 40, 49, 50].map((step) => outOfPatience(patient, step, best)), [false, false, false, true]);
  assertEquals(outOfPatience(patient, 50, undefined), false);
  assertEquals(outOfPatience(damsm.schedule(tinyConfig("text.steps=100", "text.patience=0")), 100, best), false);
});

Deno.test("withWordVectors() starts words from their vectors and the others as they are initialised", async () => {
  const embedding = () => initialize(textParameters(config, vocabulary.words.length), config.seed)["text.embedding"]!;
  const vectors = new Map([[3, new Float32Array(8).fill(0.5)]]);
  const [given, start] = [await withWordVectors(embedding(), vectors).data(), await embedding().data()];
  assertEquals([...given.subarray(24, 32)], new Array(8).fill(0.5));
  assertEquals([...given.subarray(0, 24)], [...start.subarray(0, 24)]);
  assertEquals([...given.subarray(32)], [...start.subarray(32)]);
});

Deno.test("damsmLearningRate() falls with every pass over the frames, to a tenth at the least", () => {
  const config = tinyConfig("text.batch=4", "text.learningRate=0.01", "text.decay=0.98");
  const frames = 100; // 25 steps of 4
  assertEquals(damsmLearningRate(config, 25, frames), 0.01);
  assertAlmostEquals(damsmLearningRate(config, 26, frames), 0.0098, 1e-9);
  assertAlmostEquals(damsmLearningRate(config, 100_000, frames), 0.001, 1e-9);
});

Deno.test("DAMSM validates and saves every tenth of the run", () => {
  assertEquals(damsm.schedule(tinyConfig("text.steps=400")).checkpoint, 40);
  assertEquals(damsm.schedule(tinyConfig("text.steps=3")).checkpoint, 1);
});
