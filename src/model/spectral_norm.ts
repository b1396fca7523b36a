/**
 * Spectral normalisation (Miyato et al., 2018): a kernel divided by its largest singular value σ.
 *
 * The discriminator's kernels are all normalised once at the start of a loss; the passes over real and generated
 * pictures share them. σ is estimated by one step of power iteration from the vector u of the step before, and the next
 * u is returned in `updates`.
 */
import { type State, type Tensor, tf } from "../engine/mod.ts";
import { stopGradient } from "./net.ts";
import { type Parameter, untrained } from "./parameters.ts";

/** A kernel [..., O] with its vector u [O], whose name is that of the kernel with `.u` appended. */
export function spectralParameters(kernel: Parameter): Parameter[] {
  const init = { kind: "normal", mean: 0, std: 1 } as const;
  return [kernel, untrained({ name: `${kernel.name}.u`, shape: [kernel.shape.at(-1)!], init, trainable: false })];
}

/**
 * Normalises every kernel that has a vector u.
 *
 * @returns `state` with W/σ in place of W, and the next vectors u. Gradients reach W through W and through σ = vᵀWu,
 *   with u and v as constants.
 */
export function spectralNorm(state: State): { state: State; updates: State } {
  const normalised: State = { ...state };
  const updates: State = {};
  for (const [name, u] of Object.entries(state)) {
    if (!name.endsWith(".u")) continue;
    const kernelName = name.slice(0, -".u".length);
    const kernel = state[kernelName]!;
    const matrix = kernel.reshape([-1, u.size]); // [K, O]
    const [left, right] = powerIteration(stopGradient(matrix), u.reshape([-1, 1]));
    const sigma = tf.sum(tf.mul(left, tf.matMul(matrix, right)));
    normalised[kernelName] = tf.div(kernel, sigma);
    updates[name] = right.reshape([-1]);
  }
  return { state: normalised, updates };
}

/** One step: the left vector of unit length [K, 1] from u, then the right one [O, 1] from that. */
function powerIteration(matrix: Tensor, u: Tensor): [Tensor, Tensor] {
  const left = unit(tf.matMul(matrix, u));
  return [left, unit(tf.matMul(matrix, left, true))];
}

function unit(vector: Tensor): Tensor {
  return tf.mul(vector, tf.rsqrt(tf.add(tf.sum(tf.square(vector)), 1e-12)));
}
