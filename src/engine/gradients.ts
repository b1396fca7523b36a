/** First-order gradients over named tensors. */
import { type State, type Tensor, tf, type Tree } from "./tf.ts";
import { leaves, mapTree } from "./tree.ts";

/**
 * Evaluates a scalar loss and its gradients with respect to `parameters`.
 *
 * @example
 * ```ts
 * import { valueAndGradients } from "./gradients.ts";
 * import { tf } from "./tf.ts";
 * const { value, gradients } = valueAndGradients(({ w }) => [tf.sum(tf.square(w!)), []], { w: tf.tensor1d([1, 2]) });
 * if (value.dataSync()[0] !== 5 || gradients.w!.dataSync().join() !== "2,4") throw new Error("Σw², 2w");
 * ```
 *
 * @param loss Maps the parameters to `[loss, aux]`. It must use the record it is given, not a captured one. `aux` is a
 *   tree of further tensors to keep, e.g. metrics and running statistics; no gradient flows through it.
 * @returns The loss (a scalar), the gradients under the parameters' names, and `aux`.
 */
export function valueAndGradients<A extends Tree>(
  loss: (parameters: State) => [Tensor, A],
  parameters: State,
): { value: Tensor; gradients: State; aux: A } {
  const names = Object.keys(parameters);
  let kept: A | undefined;
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
    const [value, aux] = loss(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
    // tfjs disposes all tensors of a differentiated function that are not kept explicitly.
    kept = mapTree(aux, (tensor) => tf.keep(tensor.clone()));
    return value as tf.Scalar;
  })(names.map((name) => parameters[name]!));
  // A clone made here belongs to the tidy of the caller.
  const aux = mapTree(kept!, (tensor) => tensor.clone());
  for (const [, tensor] of leaves(kept!)) tensor.dispose();
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])), aux };
}

/** Saves tensors for the gradient. */
type Save = (tensors: Tensor[]) => void;

/**
 * An operation with a custom gradient.
 *
 * @param inputs The tensors with respect to which the gradient is taken.
 * @param compute Returns the value, and a function from its gradient `dy` and the saved tensors to the gradients of the
 *   inputs, in order.
 */
export function withGradient(
  inputs: Tensor[],
  compute: (save: Save) => { value: Tensor; gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[] },
): Tensor {
  return tf.customGrad((...given) => compute(given.at(-1) as Save))(...inputs);
}
