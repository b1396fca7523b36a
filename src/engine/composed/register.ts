/** How a composed kernel is written: a function of tensors in tfjs ops, registered for the backends that need it. */
import "@tensorflow/tfjs-backend-wasm"; // registers its kernels, before composed ones take the place of some
import { markKernel } from "../kernel_status.ts";
import { type Tensor, tf } from "../tf.ts";

export type Inputs = Record<string, Tensor>;
export type Attributes = Record<string, unknown>;

/** Registers a kernel written with tfjs ops; what the ops leave behind is freed. */
export function composed(
  kernelName: string,
  backends: string[],
  compose: (inputs: Inputs, attributes: Attributes) => Tensor,
): void {
  for (const backendName of backends) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => {
          const result = compose(inputs as unknown as Inputs, (attrs ?? {}) as Attributes);
          // An input handed through gets a handle of its own, or disposing the one would dispose the other.
          return Object.values(inputs).includes(result) ? tf.clone(result) : result;
        }),
    });
    markKernel(backendName, kernelName, "composed");
  }
}
