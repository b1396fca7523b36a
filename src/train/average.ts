/**
 * The exponential moving average of weights, which is what is sampled and evaluated.
 *
 * A GAN's weights oscillate from step to step, and their average generates better samples [AttnGAN]. It covers the
 * running statistics too, so that averaged weights have running statistics of their own.
 */
import { type State, type Tensor, tf } from "../engine/mod.ts";

/**
 * Decay at a step (the first is 1): (1 + t)/(10 + t) until that exceeds `largest`, so that the random start soon
 * has no weight. [ours]
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { averageDecay } from "./average.ts";
 *
 * assertEquals([1, 80, 10_000].map((step) => averageDecay(step, 0.99)), [2 / 11, 0.9, 0.99]);
 * ```
 */
export function averageDecay(step: number, largest: number): number {
  return Math.min(largest, (1 + step) / (10 + step));
}

/**
 * Moves the average towards `state`.
 *
 * @param average the averaged entries; only these names are read of `state`.
 * @param decay scalar in [0, 1): the weight of the old average.
 */
export function averageStep(average: State, state: State, decay: Tensor): State {
  return Object.fromEntries(
    Object.entries(average).map(([name, old]) => [
      name,
      tf.add(tf.mul(old, decay), tf.mul(state[name]!, tf.sub(1, decay))),
    ]),
  );
}
