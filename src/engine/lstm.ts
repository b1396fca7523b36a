/** The recurrent part of several LSTMs in parallel: a loop in the program on `xla`, unrolled on the other engines. */
import { withGradient } from "./gradients.ts";
import { markKernel } from "./kernel_status.ts";
import { type Tensor, tf } from "./tf.ts";

for (const backend of ["wasm", "cpu", "tensorflow"]) {
  for (const kernel of ["LstmScan", "LstmScanGrad"]) markKernel(backend, kernel, "composed");
}

/**
 * Runs D LSTMs over L steps of N sequences, from zero states. Where the mask is 0, both states stay unchanged.
 *
 * On `xla` it has first derivatives only. The program there contains one step instead of L steps, and compiles in one
 * second instead of 25 for 40 steps.
 *
 * @param projected The inputs' contribution to the gates input, forget, candidate and output, with biases [D, L, N,
 *   4H].
 * @param mask [D, L, N, 1]; it has no gradient.
 * @param recurrent Recurrent weights [D, H, 4H].
 * @returns The hidden state h after each step [D, L, N, H].
 */
export function lstmScan(projected: Tensor, mask: Tensor, recurrent: Tensor): Tensor {
  return tf.getBackend() === "xla" ? looped(projected, mask, recurrent) : unrolled(projected, mask, recurrent);
}

const run = (kernel: string, inputs: Record<string, Tensor>) => tf.engine().runKernel(kernel, inputs) as Tensor;

function looped(projected: Tensor, mask: Tensor, recurrent: Tensor): Tensor {
  const [directions, steps, batch] = projected.shape as [number, number, number];
  const hidden = recurrent.shape[1]!;
  return withGradient([projected, recurrent], (save) => {
    const trace = run("LstmScan", { projected, mask, recurrent }); // [D, L, N, 6H], h last
    const states = tf.slice(trace, [0, 0, 0, 5 * hidden]);
    save([trace, mask, recurrent, states]);
    const gradFunc = (dh: Tensor, saved: Tensor[]) => {
      const [trace, mask, recurrent, states] = saved as [Tensor, Tensor, Tensor, Tensor];
      const gates = run("LstmScanGrad", { trace, mask, recurrent, dh });
      // hᵀ before each step [D, L·N, H] times its gates' gradients. As D products: batched ones are slow on XLA's CPU.
      const before = tf.pad(tf.slice(states, [0, 0, 0, 0], [-1, steps - 1, -1, -1]), [[0, 0], [1, 0], [0, 0], [0, 0]]);
      const rows = tf.unstack(before.reshape([directions, steps * batch, hidden]));
      const ends = tf.unstack(gates.reshape([directions, steps * batch, 4 * hidden]));
      return [gates, tf.stack(rows.map((row, d) => tf.matMul(row, ends[d]!, true)))];
    };
    return { value: states, gradFunc };
  });
}

function unrolled(projected: Tensor, mask: Tensor, recurrent: Tensor): Tensor {
  const [directions, , batch] = projected.shape as [number, number, number];
  const masks = tf.unstack(mask, 1); // L × [D, N, 1]
  let h: Tensor = tf.zeros([directions, batch, recurrent.shape[1]!]);
  let c = h;
  const states = tf.unstack(projected, 1).map((input, step) => {
    const gates = tf.add(input, tf.matMul(h, recurrent)); // [D, N, 4H]
    const [inGate, forget, candidate, outGate] = tf.split(gates, 4, 2) as [Tensor, Tensor, Tensor, Tensor];
    const nextC = tf.add(tf.mul(tf.sigmoid(forget), c), tf.mul(tf.sigmoid(inGate), tf.tanh(candidate)));
    const nextH = tf.mul(tf.sigmoid(outGate), tf.tanh(nextC));
    c = tf.add(c, tf.mul(masks[step]!, tf.sub(nextC, c)));
    h = tf.add(h, tf.mul(masks[step]!, tf.sub(nextH, h)));
    return h;
  });
  return tf.stack(states, 1);
}
