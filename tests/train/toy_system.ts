/** The smallest story system with three networks: what `src/model/systems/readme.md` shows how to write. */
import { z } from "zod";
import type { SharedConfig } from "../../src/base/config.ts";
import { type State, type Tensor, tf } from "../../src/engine/mod.ts";
import type { StorySystem, Update } from "../../src/model/contract.ts";
import { kernel } from "../../src/model/parameters.ts";

const nothing = { report: {}, updates: {}, signals: {} }; // to report, no running statistics, no layers
/** A frame is one colour, a linear map of its story's mean noise; captions are ignored. */
const paint = (state: State, z: Tensor) => tf.tanh(tf.matMul(z, state["generator.kernel"]!)); // [B, 4] → [B, 3]

/** A critic scores colours by a linear map: high for real ones, low for generated ones. */
function critic(name: string, times: number, real: (inputs: Record<string, State>) => Tensor): Update {
  const score = (state: State, colours: Tensor) => tf.mean(tf.matMul(colours, state[`${name}.kernel`]!));
  return {
    name,
    trains: [`${name}.`],
    times,
    optimiser: { rate: 0.01, beta1: 0.5, beta2: 0.9 },
    loss(state, inputs, { z }) {
      const loss = tf.sub(score(state, paint(state, z!)), score(state, real(inputs)));
      return [loss, nothing];
    },
  };
}

export const toy: StorySystem<SharedConfig & { model: { start: number } }> = {
  name: "toy",
  title: "Toy",
  settings: { sections: { model: { start: z.number().default(0.02) } }, presets: {} },
  schedule: ({ train: { steps }, record: { sample, checkpoint } }) => ({ steps, sample, checkpoint, patience: 0 }),
  parameters: () => ["generator", "story", "frame"].map((name, i) => kernel(`${name}.kernel`, i ? [3, 1] : [4, 3])),
  loaders: ({ train: { batch } }) => ({
    stories: { kind: "stories", size: batch, sizeKey: "train.batch" },
    pairs: { kind: "pairs", size: 2 * batch, sizeKey: "train.batch", factor: 2, joined: 0 },
  }),
  noise: ({ train: { batch } }) => ({ z: { shape: [batch, 4], kind: "normal" } }),
  updates: ({ model: { start } }) => [
    critic("story", 1, ({ stories }) => tf.mean(stories!.images!, [1, 2, 3])), // [B, T, H, W, 3] → [B, 3]
    critic("frame", 2, ({ pairs }) => tf.mean(pairs!.images!, [1, 2])), // [N, H, W, 3] → [N, 3]
    {
      name: "generator",
      trains: ["generator."],
      optimiser: { rate: (step) => start / step, beta1: 0.5, beta2: 0.9 },
      loss: (state, _inputs, { z }) => {
        const kernels = tf.add(state["story.kernel"]!, state["frame.kernel"]!);
        return [tf.neg(tf.mean(tf.matMul(paint(state, z!), kernels))), nothing];
      },
    },
  ],
  average: () => ({ prefix: "generator.", decay: 0.9 }),
  latents: (_config, stories) => ({ z: { shape: [stories, 4], kind: "normal" } }),
  generate(_config, weights, { mask }, { z }) {
    const [B, T] = mask!.shape as [number, number];
    const images = tf.tile(paint(weights, z!).reshape([B, 1, 1, 1, 3]), [1, T, 64, 64, 1]);
    return { images, selectors: {}, updates: {} };
  },
  architecture: () => ({ inputs: [{ label: "noise z", width: 4 }], parts: [] }),
};
