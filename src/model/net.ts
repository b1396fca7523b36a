/**
 * The context of a forward pass: tensors by name, new running statistics, and signals of the layers.
 *
 * Layers are functions of a `Net`, a name and an input. They take their tensors from `state` by name and put new
 * running statistics into `updates`. No tensor is changed in place, so the same code runs eagerly and when it is
 * traced.
 */
import { fail } from "../base/errors.ts";
import { type State, type Tensor, tf } from "../engine/mod.ts";

/** One forward pass. */
export interface Net {
  /** The tensors of the layers by name. */
  state: State;
  /** Filled by the layers: next values of tensors that are not trained (running statistics). */
  updates: State;
  /**
   * Filled by the layers in the order of computing: for each layer a small tensor that is finite only if the output of
   * the layer is. Training reports the first layer whose signal is not finite.
   */
  signals: State;
  /**
   * Called with the output of each block and its name (see probes.ts of a system); for dynamic blocks also with the
   * selector logit `BLOCK.u` [N] and the attention weights `BLOCK.self` [N, H·W, H·W] and `BLOCK.words` [G, N/G·H·W,
   * K].
   */
  observe?: (name: string, value: Tensor) => void;
  /** True: batch statistics and soft selection. False: running statistics and hard selection. */
  training: boolean;
}

/** Opens a forward pass over `state`. */
export function openNet(state: State, training: boolean, observe?: Net["observe"]): Net {
  return { state, updates: {}, signals: {}, training, ...(observe ? { observe } : {}) };
}

/**
 * The tensor called `name`.
 *
 * @throws UserError when the state lacks it, e.g. a checkpoint of another configuration.
 */
export function get(net: Net, name: string): Tensor {
  return net.state[name] ?? fail(`The model state has no tensor "${name}"; was it made with another configuration?`);
}

/**
 * The same values, through which no gradient flows.
 *
 * tfjs has no such op. Inside `customGrad` no op is recorded, and without a declared input there is no path for a
 * gradient, so the whole branch is skipped (with `tensor` as an input a gradient of zeros would be computed).
 */
export function stopGradient(tensor: Tensor): Tensor {
  return tf.customGrad(() => ({ value: tensor.clone(), gradFunc: () => [] }))();
}
