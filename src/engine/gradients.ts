/** First-order gradients over named tensors. */
import { type State, type Tensor, tf, type Tree } from "./tf.ts";
import { leaves, mapTree } from "./tree.ts";

/**
 * Evaluates a scalar loss and its gradients with respect to `parameters`.
 *
 * @param loss maps the parameters (the same record, as tfjs must see it) to `[loss, aux]`; `aux` is any tree of further
 *   tensors to keep, e.g. what to report and running statistics. No gradient flows through `aux`.
 * @returns the loss (a scalar), the gradients under the parameters' names, and `aux`.
 */
export function valueAndGradients<A extends Tree>(
  loss: (parameters: State) => [Tensor, A],
  parameters: State,
): { value: Tensor; gradients: State; aux: A } {
  const names = Object.keys(parameters);
  let kept: A | undefined;
  const { value, grads } = tf.valueAndGrads((...tensors: Tensor[]) => {
    const [value, aux] = loss(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])));
    // tfjs disposes all that a differentiated function leaves behind, unless it is told to keep it.
    kept = mapTree(aux, (tensor) => tf.keep(tensor.clone()));
    return value as tf.Scalar;
  })(names.map((name) => parameters[name]!));
  // A clone made out here belongs to the caller's tidy again.
  const aux = mapTree(kept!, (tensor) => tensor.clone());
  for (const [, tensor] of leaves(kept!)) tensor.dispose();
  return { value, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])), aux };
}

/** Keeps tensors for the gradient. */
type Save = (tensors: Tensor[]) => void;

/**
 * Computes with tensors by a rule whose gradient is given, not derived.
 *
 * @param inputs what the gradient is with respect to
 * @param compute gives the value, and from its gradient `dy` and the saved tensors the gradients of the inputs, in order
 */
export function withGradient(
  inputs: Tensor[],
  compute: (save: Save) => { value: Tensor; gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[] },
): Tensor {
  return tf.customGrad((...given) => compute(given.at(-1) as Save))(...inputs);
}
