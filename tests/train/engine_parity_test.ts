/** The same training step on the reference engine and on xla: the losses must agree, step after step. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { resolveConfig } from "../../src/model/config.ts";
import { random } from "../../src/base/random.ts";
import { findPlugin, findTensorflow } from "../../src/engine/install.ts";
import { disposeTree, jit, liveTensors, tf, useEngine } from "../../src/engine/mod.ts";
import { imageEncoderParameters } from "../../src/model/damsm/image_encoder.ts";
import { initialize } from "../../src/model/parameters.ts";
import { ours } from "../../src/model/systems/ours/mod.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { checkpointNames, digestState, readState } from "../../src/train/checkpoint.ts";
import { sampleNoise } from "../../src/train/inputs.ts";
import { initialState } from "../../src/train/state.ts";
import { stepScalars, trainingStep } from "../../src/train/step.ts";

type Engine = "cpu" | "xla" | "tensorflow";

/** What the first steps on random pictures and words report. The pictures are fixed: what changes is the model. */
interface Steps {
  /** Both losses and both gradient norms of each step. */
  seen: number[][];
  /** Tensors alive after each step. */
  tensors: number[];
  /** Digest of the state at the end. */
  digest: string;
}

async function takeSteps(engine: Engine, config: OursConfig, steps: number): Promise<Steps> {
  await useEngine(engine);
  const [stories, frames, length, width] = [config.train.batch, 2, config.data.words, config.text.width];
  const normal = (name: string, shape: number[]) =>
    tf.tensor(random(1, "parity", name).normals(shape.reduce((a, b) => a * b)), shape);
  const batch = {
    images: tf.tidy(() => tf.tanh(normal("images", [stories, frames, 64, 64, 3]))),
    words: normal("words", [stories, frames, length, width]),
    sentences: normal("sentences", [stories, frames, width]),
    mask: tf.ones([stories, frames, length]),
    targets: tf.tidy(() => tf.step(normal("targets", [stories, frames, 3]))),
  };
  const data = { stories, frames, size: 64, words: 1, targets: ["cat", "dog", "sun"] };
  const step = jit(trainingStep(ours, config, data), { donate: [0] });
  const tower = initialize(imageEncoderParameters(config, data.targets), 1);
  let state = initialState(ours, config, data);
  const [seen, tensors]: [number[][], number[]] = [[], []];
  for (let i = 1; i <= steps; i++) {
    const noise = sampleNoise(ours.noise(config, data), 1, "noise", i);
    const scalars = stepScalars(ours, config, data, i);
    const result = step(state, { stories: batch }, noise, scalars, tower);
    state = result.state;
    seen.push(["loss.d", "loss.g", "gradient.d", "gradient.g"].map((name) => result.report[name]!.dataSync()[0]!));
    disposeTree([noise, scalars, result.report]);
    tensors.push(engine === "tensorflow" ? liveTensors()! : tf.memory().numTensors);
  }
  const digest = digestState(await readState(checkpointNames(state)));
  disposeTree([state, batch, tower]);
  step.dispose();
  return { seen, tensors, digest };
}

/** Tiny with a quarter of its widths, as plain JavaScript takes a minute for each step of the full one, and smaller steps. */
const narrow = resolveConfig("tiny", [
  ...["model.generatorWidth=32", "model.generatorFloor=0", "model.discriminatorWidth=4", "model.noise=8"],
  ...["text.width=16", "text.towerWidth=4", "data.words=6", "train.batch=2"],
  ...["train.learningRateG=1e-5", "train.learningRateD=1e-5"],
]) as unknown as OursConfig;

/** Two losses to 1e-4; two gradient norms, sums over all parameters, to one digit less. */
function assertSameLosses(actual: number[][], expected: number[][]): void {
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      assert(Number.isFinite(value));
      assertAlmostEquals(actual[i]![j]!, value, (j < 2 ? 1e-4 : 1e-3) * Math.max(1, Math.abs(value)));
    }
  }
}

Deno.test({
  name: "trainingStep() gives the same losses on cpu and xla for three steps of a narrow tiny model",
  ignore: !findPlugin(),
  fn: async () => {
    const [reference, compiled] = [await takeSteps("cpu", narrow, 3), await takeSteps("xla", narrow, 3)];
    assertSameLosses(compiled.seen, reference.seen);
  },
});

/**
 * Tiny at its full widths, with small steps. At its own learning rates Adam's first steps, as long for a gradient of 1e-7
 * as for one of 1, let the rounding of any two engines grow about tenfold a step, which says nothing about either.
 */
const full = resolveConfig("tiny", [
  "train.batch=2",
  "train.learningRateG=1e-5",
  "train.learningRateD=1e-5",
]) as unknown as OursConfig;

Deno.test({
  name: "trainingStep() gives the same losses on tensorflow and xla for five steps of tiny, and the same bits twice",
  ignore: !findPlugin() || !findTensorflow(),
  fn: async () => {
    const [first, second] = [await takeSteps("tensorflow", full, 5), await takeSteps("tensorflow", full, 5)];
    assertEquals(second.digest, first.digest);
    assertEquals(first.tensors, first.tensors.map(() => first.tensors[0])); // nothing stays behind after a step
    assertSameLosses((await takeSteps("xla", full, 5)).seen, first.seen);
  },
});
