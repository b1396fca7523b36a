/**
 * The layers of both networks. Pictures are [N, H, W, C] throughout.
 *
 * Each layer is a pair of functions: its parameters, and its computation. Kernels start at N(0, 0.02), biases at 0,
 * BatchNorm scales at N(1, 0.02). [authors]
 */
import { type Tensor, tf } from "../engine/mod.ts";
import { get, type Net } from "./net.ts";
import { constant, kernel, type Parameter, untrained } from "./parameters.ts";

/** Slope of LeakyReLU for negative inputs. [authors] */
const SLOPE = 0.2;
/** Share of the new batch in BatchNorm's running statistics. [authors] */
const MOMENTUM = 0.1;
const EPSILON = 1e-5;

export function leakyRelu(x: Tensor): Tensor {
  return tf.leakyRelu(x, SLOPE);
}

/** Kernel [I, O] and, unless left out, a bias [O]. */
export function linearParameters(name: string, input: number, output: number, bias = true): Parameter[] {
  const weights = kernel(`${name}.kernel`, [input, output]);
  return bias ? [weights, constant(`${name}.bias`, [output], 0)] : [weights];
}

/** [N, I] → [N, O]. */
export function linear(net: Net, name: string, x: Tensor): Tensor {
  const y = tf.matMul(x, get(net, `${name}.kernel`));
  const bias = net.state[`${name}.bias`];
  return bias ? tf.add(y, bias) : y;
}

/** A k×k kernel [k, k, I, O] without bias. */
export function convParameters(name: string, size: number, input: number, output: number): Parameter[] {
  return [kernel(`${name}.kernel`, [size, size, input, output])];
}

/**
 * A convolution that keeps the size divided by `stride`: a zero border of 1 for 3×3 at stride 1 and for 4×4 at stride 2
 * (both are what "same" means for even sizes), none for 1×1.
 */
export function conv(net: Net, name: string, x: Tensor, stride = 1): Tensor {
  const weights = get(net, `${name}.kernel`) as tf.Tensor4D;
  const [size, , input, output] = weights.shape;
  if (size > 1) return tf.conv2d(x as tf.Tensor4D, weights, stride, "same");
  // A 1×1 convolution is a matmul over pixels, which engines compute faster.
  const [batch, height, width] = x.shape as [number, number, number];
  return tf.matMul(x.reshape([-1, input]), weights.reshape([input, output])).reshape([batch, height, width, output]);
}

/** Scale, offset and running statistics of C channels. */
export function batchNormParameters(name: string, channels: number): Parameter[] {
  return [
    { name: `${name}.scale`, shape: [channels], init: { kind: "normal", mean: 1, std: 0.02 }, trainable: true },
    constant(`${name}.offset`, [channels], 0),
    untrained(constant(`${name}.mean`, [channels], 0)),
    untrained(constant(`${name}.variance`, [channels], 1)),
  ];
}

/**
 * Batch normalisation over all axes but the last, see {@link statistics}.
 *
 * @param x [..., C]
 */
export function batchNorm(net: Net, name: string, x: Tensor): Tensor {
  const [mean, variance] = statistics(net, name, x);
  const gain = tf.mul(get(net, `${name}.scale`), tf.rsqrt(tf.add(variance, EPSILON))); // [C]
  return tf.add(tf.mul(tf.sub(x, mean), gain), get(net, `${name}.offset`));
}

/** Running statistics of C channels, without anything to train. */
export function standardiseParameters(name: string, channels: number): Parameter[] {
  return [untrained(constant(`${name}.mean`, [channels], 0)), untrained(constant(`${name}.variance`, [channels], 1))];
}

/**
 * Standardises each channel to mean 0 and variance 1: batch normalisation without scale and offset.
 *
 * @param x [..., C]
 * @param mask 1 for the entries that count [..., 1]; default: all
 */
export function standardise(net: Net, name: string, x: Tensor, mask?: Tensor): Tensor {
  const [mean, variance] = statistics(net, name, x, mask);
  return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
}

/**
 * Mean and variance of each channel [C], over all axes of x but the last.
 *
 * Training takes those of the batch (biased variance) and puts the next running mean and unbiased variance into
 * `net.updates`; inference takes the running ones, so that no picture depends on others in its batch.
 */
function statistics(net: Net, name: string, x: Tensor, mask?: Tensor): [mean: Tensor, variance: Tensor] {
  const runningMean = get(net, `${name}.mean`);
  const runningVariance = get(net, `${name}.variance`);
  if (!net.training) return [runningMean, runningVariance];
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const count = mask ? tf.maximum(tf.sum(mask), 1) : x.size / x.shape.at(-1)!;
  const average = (y: Tensor) => mask ? tf.div(tf.sum(tf.mul(y, mask), axes), count) : tf.mean(y, axes);
  const mean = average(x);
  const variance = average(tf.square(tf.sub(x, mean)));
  const correction = typeof count === "number"
    ? count / Math.max(count - 1, 1)
    : tf.div(count, tf.maximum(tf.sub(count, 1), 1));
  const unbiased = tf.mul(variance, correction);
  net.updates[`${name}.mean`] = tf.add(tf.mul(runningMean, 1 - MOMENTUM), tf.mul(mean, MOMENTUM));
  net.updates[`${name}.variance`] = tf.add(tf.mul(runningVariance, 1 - MOMENTUM), tf.mul(unbiased, MOMENTUM));
  net.signals[name] = tf.add(net.updates[`${name}.mean`]!, net.updates[`${name}.variance`]!);
  return [mean, variance];
}

/** Nearest-neighbour ×2: [N, H, W, C] → [N, 2H, 2W, C]. */
export function upsample(x: Tensor): Tensor {
  const [, height, width] = x.shape as [number, number, number];
  return tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2 * height, 2 * width]);
}

/** conv3×3 without bias, then BatchNorm. */
export function upBlockParameters(name: string, input: number, output: number): Parameter[] {
  return [...convParameters(`${name}.conv`, 3, input, output), ...batchNormParameters(`${name}.bn`, output)];
}

/** [N, H, W, I] → [N, 2H, 2W, O]: nearest ×2, conv3×3, BatchNorm, ReLU. [authors] */
export function upBlock(net: Net, name: string, x: Tensor): Tensor {
  return tf.relu(batchNorm(net, `${name}.bn`, conv(net, `${name}.conv`, upsample(x))));
}
