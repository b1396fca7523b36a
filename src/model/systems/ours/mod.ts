/** The paper's system: one generator, one discriminator, dynamic blocks in both. */
import type { StorySystem } from "../../contract.ts";
import { oursArchitecture } from "./architecture.ts";
import { augmentNoise } from "./augment.ts";
import { encodeCaptions, textOf } from "./condition.ts";
import { discriminatorNoise, discriminatorParameters, objectParameters } from "./discriminator.ts";
import { generateFrames, generatorNoise, generatorParameters } from "./generator.ts";
import { openNet } from "../../net.ts";
import { imageLossNoise, usesImageEncoder } from "./image_losses.ts";
import { oursProbes } from "./probes.ts";
import { type OursConfig, oursSettings, readsTargets } from "./settings.ts";
import { oursUpdates } from "./updates.ts";

export const ours: StorySystem<OursConfig> = {
  name: "ours",
  title: "Ours",
  settings: oursSettings,
  schedule: ({ train: { steps }, record: { sample, checkpoint } }) => ({ steps, sample, checkpoint, patience: 0 }),
  parameters: (config, { targets }) => [
    ...generatorParameters(config),
    ...discriminatorParameters(config),
    ...objectParameters(config, targets),
  ],
  readsTargets,
  frozen: (config) => [
    { prefix: "text.", from: "damsm", inLosses: false },
    { prefix: "tower.", from: "damsm", inLosses: usesImageEncoder(config) },
    ...(config.text.tower === "inception"
      ? [{ prefix: "inception.", from: "weights", inLosses: usesImageEncoder(config) }]
      : []),
  ],
  loaders: ({ train: { batch } }, { targets }) => ({
    stories: { kind: "stories", size: batch, sizeKey: "train.batch", targets },
  }),
  noise: (config, { frames }) => ({
    ...generatorNoise(config, config.train.batch, frames),
    ...discriminatorNoise(config, config.train.batch * frames),
    ...augmentNoise(config, config.train.batch),
    ...imageLossNoise(config, config.train.batch * frames),
  }),
  condition: encodeCaptions,
  updates: oursUpdates,
  average: ({ train: { ema } }) => ({ prefix: "generator.", decay: ema }),

  latents: (config, stories, frames) => ({ z: generatorNoise(config, stories, frames).z! }),
  generate(config, weights, condition, noise, training) {
    const net = openNet(weights, training);
    const text = textOf(condition);
    const { images, selectors } = generateFrames(net, config, text, noise);
    const [stories, frames] = text.sentences.shape as [number, number];
    return { images: images.reshape([stories, frames, ...images.shape.slice(1)]), selectors, updates: net.updates };
  },
  architecture: oursArchitecture,
  probes: oursProbes,
};
