/** Cases of the kernels that fold axes. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { special, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as reductionCases };

type Fold = (x: Tensor, axis?: number | number[], keepDims?: boolean) => Tensor;
const folds: Record<string, Fold> = { Sum: tf.sum, Mean: tf.mean, Max: tf.max, Min: tf.min, Prod: tf.prod };
for (const [kernel, f] of Object.entries(folds)) {
  for (const axis of [0, 1, 2, -1, [0, 1], [0, 2], [-1, -3], [1, 2], [0, 1, 2]]) {
    add(kernel, `axis ${axis}`, (d) => [f(d.normal(3, 4, 5), axis), f(d.normal(3, 4, 5), axis, true)]);
  }
  add(kernel, "all axes", (d) => [f(d.normal(3, 5)), f(d.normal(3, 5), undefined, true)]);
  add(kernel, "axis of size 1", (d) => f(d.normal(3, 1, 5), 1));
  add(kernel, "scalar", (d) => f(d.normal()));
  add(kernel, "int32", (d) => f(d.integers(-4, 9, 3, 5), 1));
}
for (const kernel of ["Sum", "Prod", "Mean"]) {
  add(kernel, "bool", (d) => folds[kernel]!(d.truths(3, 5), 0));
  add(kernel, "special numbers", () => [0, 1].map((axis) => folds[kernel]!(special().reshape([3, 4]), axis)));
  // The mean of nothing is NaN; tfjs cpu says 0.
  if (kernel !== "Mean") add(kernel, "an empty axis", () => folds[kernel]!(tf.tensor([], [2, 0]), 1));
}
for (const kernel of ["Max", "Min"]) {
  add(kernel, "NaN wherever it stands", () => folds[kernel]!(tf.tensor2d([[NaN, 1, 2], [1, NaN, 2], [1, 2, NaN]]), 1));
  add(
    kernel,
    "infinities",
    () => folds[kernel]!(tf.tensor2d([[1, -Infinity], [Infinity, 0], [-Infinity, -Infinity]]), 1),
  );
}
for (const [kernel, f] of [["All", tf.all], ["Any", tf.any]] as [string, Fold][]) {
  for (const axis of [0, 1, -1, [0, 1]]) {
    add(kernel, `axis ${axis}`, (d) => [f(d.truths(3, 4), axis), f(d.truths(3, 4), axis, true)]);
  }
  add(kernel, "all axes", (d) => f(d.truths(3, 4)));
}
for (
  const [kernel, f] of [["ArgMax", tf.argMax], ["ArgMin", tf.argMin]] as [string, (x: Tensor, axis: number) => Tensor][]
) {
  for (const axis of [0, 1, 2, -1]) add(kernel, `axis ${axis}`, (d) => f(d.normal(3, 4, 5), axis));
  add(kernel, "the first of equals", (d) => f(d.integers(0, 3, 5, 9), 1));
  add(kernel, "vector", (d) => f(d.normal(7), 0));
  add(kernel, "all infinite", () => f(tf.fill([3, 2], -Infinity), 1));
}

for (const shape of [[5], [3, 5], [2, 3, 5], [3, 1]]) {
  add("Softmax", `shape ${shape}`, (d) => tf.softmax(d.normal(...shape)));
  const logits = { reference: (d: { normal(...shape: number[]): Tensor }) => tf.logSoftmax(d.normal(...shape)) };
  add("LogSoftmax", `shape ${shape}`, (d) => logSoftmax(d.normal(...shape)), logits);
}
add("Softmax", "large values", () => tf.softmax(tf.tensor2d([[1000, 999, -1000], [-1e30, 0, 1e30]])));
add("Softmax", "masked by minus infinity", () => tf.softmax(tf.tensor2d([[0, -Infinity, 1], [-1e9, -1e9, 2]])));
add("LogSoftmax", "large values", () => logSoftmax(tf.tensor2d([[1000, 999, -1000], [-1e4, 0, 1e4]])), {
  reference: () => tf.logSoftmax(tf.tensor2d([[1000, 999, -1000], [-1e4, 0, 1e4]])),
});

/** tfjs composes `tf.logSoftmax`, so the kernel is called by its name. */
function logSoftmax(logits: Tensor): Tensor {
  return tf.engine().runKernel("LogSoftmax", { logits }, { axis: logits.rank - 1 }) as Tensor;
}
