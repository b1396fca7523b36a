import { assert, assertAlmostEquals, assertThrows } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { type State, tf } from "../../src/engine/mod.ts";
import { adamStep, biasCorrection, clipGradients, gradientNorm, zeroMoments } from "../../src/train/adam.ts";
import { startEngine } from "./tiny.ts";

await startEngine();

Deno.test("adamStep() walks as tfjs's Adam does over five steps", async () => {
  const gradients = (step: number) => random(5, "gradient", step).normals(6);
  const settings = { learningRate: 0.01, beta1: 0.5, beta2: 0.999 };
  const start = random(5, "start").normals(6);

  let state: { parameters: State; moments: State } = {
    parameters: { w: tf.tensor(start, [2, 3]) },
    moments: zeroMoments({ w: { shape: [2, 3] } }),
  };
  const optimizer = tf.train.adam(settings.learningRate, settings.beta1, settings.beta2, 1e-8);
  const variable = tf.variable(tf.tensor(start, [2, 3]), true, "w");
  for (let step = 1; step <= 5; step++) {
    const gradient = tf.tensor(gradients(step), [2, 3]);
    const { m, v } = biasCorrection(step, settings.beta1, settings.beta2);
    const correction = { m: tf.scalar(m), v: tf.scalar(v) };
    state = adamStep(state.parameters, { w: gradient }, state.moments, settings, correction);
    optimizer.applyGradients([{ name: variable.name, tensor: gradient }]);
  }
  const [ours, theirs] = [await state.parameters.w!.data(), await variable.data()];
  ours.forEach((value, i) => assertAlmostEquals(value, theirs[i]!, 1e-5));
  assert(Math.abs(ours[0]! - start[0]!) > 1e-3);
});

Deno.test("adamStep() moves by the learning rate in the first step, whatever the gradient's size", async () => {
  const { m, v } = biasCorrection(1, 0.5, 0.999);
  const { parameters } = adamStep(
    { w: tf.tensor1d([1, 1]) },
    { w: tf.tensor1d([1e-3, -500]) },
    zeroMoments({ w: { shape: [2] } }),
    { learningRate: tf.scalar(0.1), beta1: 0.5, beta2: 0.999 },
    { m: tf.scalar(m), v: tf.scalar(v) },
  );
  const [a, b] = await parameters.w!.data();
  assertAlmostEquals(a!, 0.9, 1e-4);
  assertAlmostEquals(b!, 1.1, 1e-4);
});

Deno.test("adamStep() throws when a moment is missing", () => {
  const one = tf.scalar(1);
  const settings = { learningRate: 1, beta1: 0.5, beta2: 0.9 };
  assertThrows(() => adamStep({ w: one }, { w: one }, { "w.m": one }, settings, { m: one, v: one }), Error, '"w"');
});

Deno.test("gradientNorm() is the norm over all tensors together", async () => {
  const norm = gradientNorm({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[0], [4]]) });
  assertAlmostEquals((await norm.data())[0]!, 5, 1e-6);
});

Deno.test("clipGradients() scales all tensors by one factor when the norm is too large, and not at all elsewhere", async () => {
  const gradients = { a: tf.tensor1d([3]), b: tf.tensor1d([4]) };
  const clipped = clipGradients(gradients, 0.5);
  assertAlmostEquals((await clipped.a!.data())[0]!, 0.3, 1e-5);
  assertAlmostEquals((await clipped.b!.data())[0]!, 0.4, 1e-5);
  assertAlmostEquals((await clipGradients(gradients, 100).a!.data())[0]!, 3, 1e-6);
});
