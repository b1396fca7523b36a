/**
 * Adam (Kingma & Ba, 2015) as plain tensor code over named state.
 *
 * tfjs's own optimiser keeps its moments by position and rebuilds the powers of β when it is loaded, so a resumed run
 * drifts in the last bits. Here the moments are tensors under the parameters' names, and the bias corrections depend
 * on the step alone and are inputs of the step: the checkpoint holds all state.
 */
import { type State, type Tensor, tf } from "../engine/mod.ts";

/** Settings of {@link adamStep}; the learning rate may be a scalar tensor where it changes from step to step. */
export interface AdamSettings {
  learningRate: number | Tensor;
  beta1: number;
  beta2: number;
  /** Keeps the division finite. Default: 1e-8. */
  eps?: number;
}

/** Bias corrections of one step, as scalars. */
export interface Correction {
  /** 1 / (1 − β₁ᵗ) */
  m: Tensor;
  /** 1 / (1 − β₂ᵗ) */
  v: Tensor;
}

/**
 * The factors of step `step` (the first is 1) that correct the bias of moments that start at zero.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { biasCorrection } from "./adam.ts";
 *
 * // At the first step the moments hold (1 − β)·g and (1 − β)·g².
 * const { m, v } = biasCorrection(1, 0.5, 0.999);
 * assertAlmostEquals(m * 0.5, 1);
 * assertAlmostEquals(v * 0.001, 1);
 * ```
 */
export function biasCorrection(step: number, beta1: number, beta2: number): { m: number; v: number } {
  return { m: 1 / (1 - beta1 ** step), v: 1 / (1 - beta2 ** step) };
}

/** Moments of a run's first step: two tensors of zeros for each parameter, `NAME.m` and `NAME.v`. */
export function zeroMoments(parameters: Record<string, { shape: number[] }>): State {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, { shape }]) => ["m", "v"].map((m) => [`${name}.${m}`, tf.zeros(shape)])),
  );
}

/**
 * One update.
 *
 * @param gradients under the parameters' names.
 * @param moments `NAME.m` and `NAME.v` for each parameter.
 * @returns new tensors for every parameter and both of its moments; the arguments stay as they are.
 */
export function adamStep(
  parameters: State,
  gradients: State,
  moments: State,
  { learningRate, beta1, beta2, eps = 1e-8 }: AdamSettings,
  correction: Correction,
): { parameters: State; moments: State } {
  const updated: State = {};
  const updatedMoments: State = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const gradient = gradients[name];
    const [m0, v0] = [moments[`${name}.m`], moments[`${name}.v`]];
    if (!gradient || !m0 || !v0) throw new Error(`adamStep needs a gradient and two moments for "${name}"`);
    const m = tf.add(tf.mul(m0, beta1), tf.mul(gradient, 1 - beta1));
    const v = tf.add(tf.mul(v0, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const size = tf.add(tf.sqrt(tf.mul(v, correction.v)), eps);
    updated[name] = tf.sub(parameter, tf.div(tf.mul(tf.mul(m, correction.m), learningRate), size));
    updatedMoments[`${name}.m`] = m;
    updatedMoments[`${name}.v`] = v;
  }
  return { parameters: updated, moments: updatedMoments };
}

/** Euclidean norm of all gradients together, a scalar. */
export function gradientNorm(gradients: State): Tensor {
  return tf.sqrt(tf.addN(Object.values(gradients).map(sumOfSquares)));
}

/** Sum of squares of all elements, a scalar. */
export function sumOfSquares(tensor: Tensor): Tensor {
  return tf.sum(tf.square(tensor));
}

/** Scales gradients down together so that their norm is at most `largest`. */
export function clipGradients(gradients: State, largest: number): State {
  // A norm of zero divides by one instead: the tiny term only guards the division.
  const factor = tf.minimum(1, tf.div(largest, tf.add(gradientNorm(gradients), 1e-6)));
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, tf.mul(gradient, factor)]));
}
