/**
 * A small convolutional network with fixed random weights, whose features choose checkpoints.
 *
 * The image encoder that is part of a loss cannot choose among what was trained to please it. Features of an untrained
 * network have no part in training, need no file, and their Fréchet distance still ranks sets of pictures (Naeem et al.,
 * 2020, compare such embeddings). Its architecture differs from that of the image encoder too.
 */
import { type State, type Tensor, tf } from "../engine/mod.ts";
import { heKernel, initialize, type Parameter } from "../model/parameters.ts";

/** The name in metrics, e.g. `frechet[conv-random].val`; other weights or layers would need another one. */
export const randomNetworkName = "conv-random";

const SEED = 18;
const channels = [3, 16, 32, 64] as const;
/** Width of the features. */
export const randomWidth: number = channels.at(-1)!;

function parameters(): Parameter[] {
  return channels.slice(1).map((output, i) => heKernel(`random.conv${i + 1}`, [3, 3, channels[i]!, output]));
}

/** Its tensors, the same in every run; the caller owns them. */
export function randomNetwork(): State {
  return initialize(parameters(), SEED);
}

/** Mean activations of the last layer: pictures in [-1, 1] [N, H, W, 3] → [N, 64]. */
export function randomFeatures(state: State, images: Tensor): Tensor {
  let x = images;
  for (const { name } of parameters()) {
    const map = tf.relu(tf.conv2d(x as tf.Tensor4D, state[name] as tf.Tensor4D, 1, "same"));
    x = tf.avgPool(map as tf.Tensor4D, 2, 2, "valid"); // half the size
  }
  return tf.mean(x, [1, 2]);
}
