/** Cases of the LSTM's loop, forward and backward, against the same LSTM unrolled. */
import { lstmScan, type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as lstmCases };

/** Masks [D, L, N, 1] of sequences of these lengths; the odd LSTMs read backwards and meet the padding first. */
function masks(lengths: number[], steps: number, directions: number): Tensor {
  const at = (d: number, l: number) => lengths.map((length) => (d % 2 ? steps - 1 - l : l) < length ? 1 : 0);
  const values = Array.from({ length: directions }, (_, d) => Array.from({ length: steps }, (_, l) => at(d, l)));
  return tf.tensor(values.flat(2), [directions, steps, lengths.length, 1], "float32");
}

const shapes: [string, number[], number, number, number][] = [ // lengths, steps, hidden units, LSTMs
  ["every length", [1, 2, 3, 4, 5, 0], 5, 3, 2],
  ["no padding", [4, 4, 4], 4, 2, 2],
  ["one step", [1, 1, 0], 1, 3, 2],
  ["one sequence", [3], 6, 4, 2],
  ["one LSTM of one unit", [2, 3], 3, 1, 1],
  ["many steps", [37, 40], 40, 5, 2],
];
for (const [label, lengths, steps, hidden, directions] of shapes) {
  const draw = (d: Draw) =>
    [d.normal(directions, steps, lengths.length, 4 * hidden), d.normal(directions, hidden, 4 * hidden)] as const;
  add("LstmScan", label, (d) => {
    const [projected, recurrent] = draw(d);
    return lstmScan(projected, masks(lengths, steps, directions), recurrent);
  });
  add("LstmScanGrad", label, (d) => {
    const mask = masks(lengths, steps, directions);
    const weight = d.normal(directions, steps, lengths.length, hidden);
    return tf.grads((projected: Tensor, recurrent: Tensor) =>
      tf.sum(tf.mul(lstmScan(projected, mask, recurrent), weight))
    )([...draw(d)]);
  });
}
