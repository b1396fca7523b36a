/**
 * Whether all numbers of a step are finite, and the first part with NaN or infinity if not.
 *
 * When the losses of a step are read, its weights are replaced already and cannot be inspected. So the step itself
 * reports one small vector: an entry for each of its parts in the order of computing, 0 where all is finite and NaN
 * elsewhere. It is computed from few numbers that a step has anyway: inputs, a few sums of each layer, losses, and the
 * sums of squares of gradients.
 */
import { fail } from "../base/errors.ts";
import { type State, type Tensor, tf } from "../engine/mod.ts";
import { sumOfSquares } from "./adam.ts";

/** A part of a step, and a tensor that is finite if the part is. */
export type Signal = [part: string, tensor: Tensor];

/** Signals under their full names, e.g. "loss.d.real_c (loss)". */
export function signals(stage: string, tensors: State): Signal[] {
  return Object.entries(tensors).map(([name, tensor]) => [`${name} (${stage})`, tensor]);
}

/** Signals of layers, under the part of the network that they belong to, e.g. "generator.up1 (forward pass)". */
export function layerSignals(stage: string, tensors: State): Signal[] {
  return Object.entries(tensors).map(([name, tensor]) => [`${partOf(name)} (${stage})`, tensor]);
}

/** One signal for the gradients of each part, the last part first, as gradients are computed backwards. */
export function gradientSignals(stage: string, gradients: State): Signal[] {
  const parts = Map.groupBy(Object.entries(gradients), ([name]) => partOf(name));
  return [...parts].reverse().map(([part, entries]) => [
    `${part} (${stage})`,
    tf.addN(entries.map(([, gradient]) => sumOfSquares(gradient))),
  ]);
}

/** The part of a network that a tensor belongs to: the first two words of its name. */
function partOf(name: string): string {
  return name.split(".").slice(0, 2).join(".");
}

/** The vector that a step reports [S]. Zero times a number is 0, unless it is NaN or infinite; so no sum overflows. */
export function healthOf(found: Signal[]): Tensor {
  return tf.stack(found.map(([, tensor]) => tf.sum(tf.mul(tensor, 0))));
}

/** The part of each entry of the health vector; known after the step was traced. */
export function partsOf(found: Signal[]): string[] {
  return found.map(([part]) => part);
}

/**
 * Checks the health vector of a step.
 *
 * @param saved the step of the last checkpoint, 0 if there is none.
 * @throws UserError that names the step and the first part that is not finite.
 */
export function checkHealth(step: number, health: ArrayLike<number>, parts: string[], saved: number): void {
  const first = Array.from(health).findIndex((value) => !Number.isFinite(value));
  if (first === -1) return;
  const kept = saved ? `The last checkpoint, of step ${saved}, is kept` : "No checkpoint had been saved before it";
  fail(
    `Training broke at step ${step}: NaN or infinity, first in ${parts[first]}. ${kept}. ` +
      `Try a smaller learning rate; if the first step breaks, look for it in what the run started from.`,
  );
}
