/** Training of the classifier of a frame's objects, place and weather: binary cross entropy over all of these targets. */
import type { Tensor } from "../../engine/mod.ts";
import type { Trainable } from "../contract.ts";
import { targetLoss } from "../object_head.ts";
import { classifierParameters, classify } from "./network.ts";
import { type ClassifierConfig, classifierSettings } from "./settings.ts";

export const classifier: Trainable<ClassifierConfig> = {
  name: "classifier",
  settings: classifierSettings,
  /** A validation for each twentieth of the run. [ours] */
  schedule: ({ classifier: { steps, patience } }) => (
    { steps, patience, checkpoint: Math.max(1, Math.ceil(steps / 20)) }
  ),
  parameters: (config, { targets }) => classifierParameters(config, targets.length),
  loaders: ({ classifier: { batch, flip } }, { targets }) => ({
    frames: { kind: "frames", size: batch, sizeKey: "classifier.batch", targets, flip },
  }),
  noise: () => ({}),
  updates: (config) => [{
    name: "classifier",
    trains: ["classifier."],
    optimiser: { rate: (step) => classifierLearningRate(config, step), beta1: 0.9, beta2: 0.999 }, // [Kingma and Ba, 2015]
    loss(state, { frames }) {
      const { images, targets } = frames as { images: Tensor; targets: Tensor }; // [N, H, W, 3], [N, K]
      const { logits, updates, signals } = classify(state, images, true);
      return [targetLoss(logits, targets), { report: {}, updates, signals }];
    },
  }],
};

/** The learning rate of step `step` (from 1): half a cosine, from its full size to zero at the end of the run. */
export function classifierLearningRate(
  { classifier: { learningRate, steps } }: ClassifierConfig,
  step: number,
): number {
  return learningRate * (1 + Math.cos(Math.PI * (step - 1) / steps)) / 2;
}
