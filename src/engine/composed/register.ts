/** Registering composed kernels: functions of tensors in tfjs ops, for the backends that lack a native kernel. */
import "@tensorflow/tfjs-backend-wasm"; // registers its kernels, some of which composed kernels then replace
import { markKernel } from "../kernel_status.ts";
import { type Tensor, tf } from "../tf.ts";

export type Inputs = Record<string, Tensor>;
export type Attributes = Record<string, unknown>;

/** Registers a kernel written with tfjs ops; intermediate tensors are freed. */
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
          // An input returned as the result needs its own handle, because disposing one would dispose the other.
          return Object.values(inputs).includes(result) ? tf.clone(result) : result;
        }),
    });
    markKernel(backendName, kernelName, "composed");
  }
}
