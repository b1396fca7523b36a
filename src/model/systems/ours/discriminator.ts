/**
 * The discriminator: a convolutional encoder with dynamic blocks, then an unconditional head for the picture alone and
 * a conditional head for the picture with its sentence and story code.
 *
 * 23,501,972 trainable parameters in `paper`: the peers' encoder (3→124→248→496→992, BatchNorm on layers 2 to 4,
 * LeakyReLU 0.2) with spectral norm on every convolution. [authors; dynamic blocks and the condition's width ours]
 */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import {
  discriminatorBlockParameters,
  discriminatorFuse,
  select,
  type Words,
  wordsParameters,
} from "./dynamic_block.ts";
import { batchNorm, batchNormParameters, conv, convParameters, leakyRelu } from "../../layers.ts";
import { get, type Net } from "../../net.ts";
import { objectHeadParameters } from "../../object_head.ts";
import { constant, kernel, type Parameter } from "../../parameters.ts";
import { spectralParameters } from "../../spectral_norm.ts";
import type { Draw } from "../../../data/batches/noise.ts";
import type { OursConfig } from "./settings.ts";
import type { Stage } from "./stage.ts";

interface EncoderStage extends Stage {
  /** Channels before. */
  input: number;
  /** Whether BatchNorm follows the convolution. */
  norm: boolean;
}

/** Side of the last feature map. */
const SIDE = 4;

/** The encoder's convolutions: picture size and channels before and after each, and whether a dynamic block follows. */
export function discriminatorStages({ model: { discriminatorWidth: first, db } }: OursConfig): EncoderStage[] {
  return [1, 2, 3, 4].map((i) => ({
    name: `discriminator.conv${i}`,
    size: 64 / 2 ** i,
    input: i === 1 ? 3 : first * 2 ** (i - 2),
    channels: first * 2 ** (i - 1),
    norm: i > 1,
    block: db.d !== "none" && (db.dSizes as number[]).includes(64 / 2 ** i),
  }));
}

export function discriminatorParameters(config: OursConfig): Parameter[] {
  const { discriminatorWidth, storyCode } = config.model;
  const features = 8 * discriminatorWidth;
  const condition = config.text.width + storyCode + config.data.labels;
  const parameters = [
    ...wordsParameters("discriminator", config),
    ...discriminatorStages(config).flatMap(({ name, size, input, channels, norm, block }) => [
      ...convParameters(name, 4, input, channels),
      ...(norm ? batchNormParameters(`${name}.bn`, channels) : []),
      ...(block ? discriminatorBlockParameters(`discriminator.db${size}`, config, channels) : []),
    ]),
    ...convParameters("discriminator.conditional.join", 3, features + condition, features),
    ...batchNormParameters("discriminator.conditional.join.bn", features),
    ...["conditional", "unconditional"].flatMap((head) => [
      kernel(`discriminator.${head}.out.kernel`, [SIDE, SIDE, features, 1]),
      constant(`discriminator.${head}.out.bias`, [1], 0),
    ]),
  ];
  // The projection of words is not normalised: it is no convolution, and the softmax of attention bounds its effect.
  return parameters.flatMap((p) => p.name.endsWith(".kernel") ? spectralParameters(p) : [p]);
}

/** The passes of pictures through the encoder: real ones, generated ones, and real ones with the words of others. */
type Pass = "real" | "fake" | "wrong";

/** Logistic noise for each picture and block that selects, for each pass: `logistic.real.d8`, … */
export function discriminatorNoise(config: OursConfig, pictures: number): Record<string, Draw> {
  const draws: Record<string, Draw> = {};
  for (const pass of ["real", "fake", ...(config.loss.wrong === "words" ? ["wrong"] : [])]) {
    for (const { size, block } of discriminatorStages(config)) {
      if (config.model.db.d !== "both" || !block) continue;
      draws[`logistic.${pass}.d${size}`] = { shape: [pictures], kind: "logistic" };
    }
  }
  return draws;
}

/** What {@link encodePictures} returns. */
export interface EncodedPictures {
  /** [N, 4, 4, 8n] */
  features: Tensor;
  /** Mean p(SA) of each block (`d16`, …). */
  selectors: State;
  /** The features before the first block, which no words have reached; the last ones where there is no block. */
  ofPicture: Tensor;
}

/**
 * Encodes pictures.
 *
 * @param images [N, 64, 64, 3], or with `from` the features before the first block of another pass
 * @param from `first block`: continue with other words where another pass had not read its words yet
 */
export function encodePictures(
  net: Net,
  config: OursConfig,
  images: Tensor,
  words: Words,
  noise: State,
  pass: Pass,
  from: "pixels" | "first block" = "pixels",
): EncodedPictures {
  const selectors: State = {};
  const stages = discriminatorStages(config);
  const firstBlock = stages.findIndex(({ block }) => block);
  const start = from === "pixels" ? 0 : firstBlock;
  let x = images;
  let ofPicture: Tensor | undefined;
  for (const [i, { name, size, norm, block }] of [...stages.entries()].slice(start)) {
    if (from === "pixels" || i > start) {
      x = conv(net, name, x, 2);
      x = leakyRelu(norm ? batchNorm(net, `${name}.bn`, x) : x);
      net.observe?.(name, x);
    }
    if (!block) continue;
    ofPicture ??= x;
    const blockName = `discriminator.db${size}`;
    const logistic = noise[`logistic.${pass}.d${size}`];
    const { h, probability } = select(net, blockName, config, config.model.db.d, x, words, logistic);
    x = discriminatorFuse(net, blockName, x, h);
    net.observe?.(blockName, x);
    selectors[`d${size}`] = tf.mean(probability);
  }
  return { features: x, selectors, ofPicture: ofPicture ?? x };
}

/**
 * Tensors `objects.*` of the object head, which an update of the discriminator trains too; they are no part of its count.
 * None where it is off.
 */
export function objectParameters(config: OursConfig, targets: string[]): Parameter[] {
  if (config.loss.objects === 0) return [];
  const stages = discriminatorStages(config);
  const { channels } = stages.find(({ block }) => block) ?? stages.at(-1)!;
  return objectHeadParameters("objects", channels, targets.length);
}

/** The unconditional head: logits [N] of the pictures alone. */
export function unconditionalHead(net: Net, features: Tensor): Tensor {
  return out(net, "discriminator.unconditional.out", features);
}

/**
 * The part of the conditional head's convolution that is applied to the features [N, 4, 4, 8n].
 *
 * A convolution of [features; condition] is the sum of one over each. The features' part, by far the larger, is
 * computed once for the matching and the mismatched condition of the real pictures.
 */
export function joinFeatures(net: Net, features: Tensor): Tensor {
  const weights = get(net, "discriminator.conditional.join.kernel") as tf.Tensor4D;
  const channels = features.shape[3]!;
  const part = tf.slice(weights, [0, 0, 0, 0], [3, 3, channels, channels]);
  return tf.conv2d(features as tf.Tensor4D, part, 1, "same");
}

/**
 * The part that is applied to the condition [N, K], which is the same at all 4×4 positions.
 *
 * The output at a position is the condition times the sum of the taps that fall inside the map. With the taps
 * summed first, the convolution is one matmul: a ninth of the arithmetic.
 */
export function joinCondition(net: Net, condition: Tensor): Tensor {
  const weights = get(net, "discriminator.conditional.join.kernel") as tf.Tensor4D;
  const [pictures, width] = condition.shape as [number, number];
  const channels = weights.shape[3];
  const part = tf.slice(weights, [0, 0, channels, 0], [3, 3, width, channels]).reshape([9, width * channels]);
  const byPosition = tf.matMul(tf.tensor2d(TAPS_INSIDE), part).reshape([SIDE * SIDE, width, channels]);
  const kernel = tf.transpose(byPosition, [1, 0, 2]).reshape([width, SIDE * SIDE * channels]);
  return tf.matMul(condition, kernel).reshape([pictures, SIDE, SIDE, channels]);
}

/** Whether tap (i, j) of a 3×3 kernel at position (y, x) falls inside the 4×4 map [16, 9]. */
const TAPS_INSIDE = Array.from({ length: SIDE * SIDE }, (_, position) =>
  Array.from({ length: 9 }, (_, tap) => {
    const y = Math.floor(position / SIDE) + Math.floor(tap / 3) - 1;
    const x = position % SIDE + tap % 3 - 1;
    return y >= 0 && y < SIDE && x >= 0 && x < SIDE ? 1 : 0;
  }));

/** The conditional head: logits [N] of pictures with their conditions, from the two parts. */
export function conditionalHead(net: Net, featurePart: Tensor, conditionPart: Tensor): Tensor {
  const joined = tf.add(featurePart, conditionPart);
  const x = leakyRelu(batchNorm(net, "discriminator.conditional.join.bn", joined));
  net.observe?.("discriminator.conditional.join", x);
  return out(net, "discriminator.conditional.out", x);
}

/** A 4×4 convolution over the whole 4×4 map is one dot product: [N, 4, 4, 8n] → [N]. */
function out(net: Net, name: string, x: Tensor): Tensor {
  const flat = tf.matMul(x.reshape([x.shape[0]!, -1]), get(net, `${name}.kernel`).reshape([-1, 1]));
  const logits = tf.add(flat, get(net, `${name}.bias`)).reshape([-1]);
  net.observe?.(name, logits);
  return logits;
}
