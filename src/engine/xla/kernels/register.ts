/** Registering kernels: functions from input nodes and attributes to a node, under the names of tfjs. */
import { tf } from "../../tf.ts";
import type { XlaBackend } from "../backend.ts";
import { type Node, setOrigin } from "../stablehlo/graph.ts";

/** A kernel's attributes as tfjs passes them; each kernel names the fields it reads. */
export type Attributes = Record<string, unknown>;

/**
 * Registers a kernel of the backend `xla`.
 *
 * @param inputs names of the inputs in order; a single `...` takes a list of tensors (Concat, AddN, Pack).
 */
export function kernel(
  name: string,
  inputs: string[],
  f: (nodes: Node[], attributes: Attributes) => Node | Node[],
): void {
  tf.registerKernel({
    kernelName: name,
    backendName: "xla",
    kernelFunc: ({ inputs: given, attrs, backend }) => {
      const xla = backend as XlaBackend;
      const tensors = (inputs[0] === "..." ? given : inputs.map((input) =>
        given[input]!
      )) as unknown as tf.TensorInfo[];
      const nodes = tensors.filter((tensor) => tensor != null).map((tensor) => xla.node(tensor.dataId));
      setOrigin(name);
      const result = f(nodes, (attrs ?? {}) as Attributes);
      return Array.isArray(result) ? result.map((node) => xla.wrap(node)) : xla.wrap(result);
    },
  });
}

// A clone shares the data of the original, as tfjs expects.
tf.registerKernel({
  kernelName: "Identity",
  backendName: "xla",
  kernelFunc: ({ inputs, backend }) => {
    const x = inputs.x as tf.TensorInfo;
    (backend as XlaBackend).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
});
