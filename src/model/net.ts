/**
 * What travels through a forward pass beside the activations.
 *
 * Layers are functions of a `Net`, a name and an input. They read their tensors from `state` by name, and leave new
 * running statistics in `updates`; nothing is changed in place, so the same code serves eager engines and tracing.
 */
import { fail } from "../base/errors.ts";
import { type State, type Tensor, tf } from "../engine/mod.ts";

/** One forward pass. */
export interface Net {
  /** Every tensor the layers look up. */
  state: State;
  /** Filled by the layers: next values of the tensors that are carried along (running statistics). */
  updates: State;
  /**
   * Filled by the layers in the order of computing: small tensors by layer that are finite if all that the layer computed
   * is. Training names the first broken layer by them.
   */
  signals: State;
  /**
   * Told what each block computes, by name, where somebody looks in (walk.ts); of dynamic blocks also `BLOCK.u` [N],
   * p(SA) = σ(u), and the shares of each look: `BLOCK.self` [N, H·W, H·W] and `BLOCK.words` [G, N/G·H·W, K].
   */
  watch?: (name: string, value: Tensor) => void;
  /** True: batch statistics and soft selection. False: running statistics and hard selection. */
  training: boolean;
}

/** Opens a forward pass over `state`. */
export function openNet(state: State, training: boolean, watch?: Net["watch"]): Net {
  return { state, updates: {}, signals: {}, training, ...(watch ? { watch } : {}) };
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
 * tfjs has no such op. Inside `customGrad` nothing is taped, and with no declared input there is no path back, so the
 * whole branch is skipped when gradients are taken (declaring `tensor` as input would compute a gradient of zeros).
 */
export function stopGradient(tensor: Tensor): Tensor {
  return tf.customGrad(() => ({ value: tensor.clone(), gradFunc: () => [] }))();
}
