/** A classifier of what a frame shows: a target for each object, and for each place and weather of the whole frame. */
import type { State, Tensor } from "../../engine/mod.ts";
import { batchNorm, batchNormParameters, conv, leakyRelu } from "../layers.ts";
import { openNet } from "../net.ts";
import { objectHeadParameters, objectLogits } from "../object_head.ts";
import { heKernel, type Parameter } from "../parameters.ts";
import type { ClassifierConfig } from "./settings.ts";

/** Convolutions: kernel size, stride, and channels as a multiple of the first width. */
const layers = [
  { size: 4, stride: 2, times: 1 }, // [N, 32, 32, w]
  { size: 4, stride: 2, times: 2 }, // [N, 16, 16, 2w]
  { size: 4, stride: 2, times: 4 }, // [N, 8, 8, 4w]
  { size: 3, stride: 1, times: 8 }, // [N, 8, 8, 8w]
];

/** Tensors `classifier.*` for K targets. */
export function classifierParameters({ classifier: { width } }: ClassifierConfig, K: number): Parameter[] {
  const channels = [3, ...layers.map(({ times }) => times * width)];
  return [
    ...layers.flatMap(({ size }, i) => [
      heKernel(`classifier.conv${i + 1}`, [size, size, channels[i]!, channels[i + 1]!]),
      ...batchNormParameters(`classifier.conv${i + 1}.bn`, channels[i + 1]!),
    ]),
    ...objectHeadParameters("classifier", channels.at(-1)!, K),
  ];
}

/**
 * Classifies pictures in [-1, 1] [N, 64, 64, 3].
 *
 * @returns logits [N, K]; `updates` and `signals` are those of the pass, in training
 */
export function classify(
  state: State,
  images: Tensor,
  training: boolean,
): { logits: Tensor; updates: State; signals: State } {
  const net = openNet(state, training);
  const map = layers.reduce((x, { stride }, i) => {
    const name = `classifier.conv${i + 1}`;
    return leakyRelu(batchNorm(net, `${name}.bn`, conv(net, name, x, stride)));
  }, images); // [N, 8, 8, 8w]
  return { logits: objectLogits(net, "classifier", map), updates: net.updates, signals: net.signals };
}
