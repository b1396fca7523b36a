/**
 * An object head: which objects, places and weathers a feature map shows.
 *
 * Each position of the map has a logit for each target, and the picture their log-sum-exp over the positions. So an
 * object is learned once for all positions, where a linear map of all positions would have to learn it in each.
 */
import { type Tensor, tf } from "../engine/mod.ts";
import { conv } from "./layers.ts";
import { get, type Net } from "./net.ts";
import { constant, heKernel, type Parameter } from "./parameters.ts";

/** Tensors `NAME.places.kernel` and `NAME.bias` for C channels and K targets. */
export function objectHeadParameters(name: string, channels: number, targets: number): Parameter[] {
  return [
    heKernel(`${name}.places`, [1, 1, channels, targets]),
    constant(`${name}.bias`, [targets], -5), // most objects are hardly ever at a position
  ];
}

/** Logits [N, K] of the targets in a map [N, H, W, C]. */
export function objectLogits(net: Net, name: string, map: Tensor): Tensor {
  const places = tf.add(conv(net, `${name}.places`, map), get(net, `${name}.bias`)); // [N, H, W, K]
  return tf.logSumExp(places, [1, 2]);
}

/** Mean binary cross entropy of logits and targets, both [N, K]; a scalar. */
export function targetLoss(logits: Tensor, targets: Tensor): Tensor {
  return tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, targets)));
}

/** Loss of a head that finds the targets where they are not real: cross entropy to 0, of the targets 1 alone; a scalar. */
export function rejectionLoss(logits: Tensor, targets: Tensor): Tensor {
  return tf.mean(tf.mul(tf.softplus(logits), targets));
}
