/** Cases of looking up and placing by position, running sums, and the largest k. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as lookupCases };

add("GatherV2", "a batch", (d) => tf.gather(d.normal(3, 5, 2), d.integers(0, 5, 3, 4), 1, 1));
add("GatherV2", "a batch, later axis", (d) => tf.gather(d.normal(2, 3, 4), d.integers(0, 4, 2, 5), 2, 1));
add("GatherV2", "a batch of two axes", (d) => tf.gather(d.normal(2, 3, 4, 2), d.integers(0, 4, 2, 3, 2), 2, 2));
add("GatherV2", "negative axis", (d) => tf.gather(d.normal(2, 3, 4), d.integers(0, 4, 5), -1));

const positions = () => tf.tensor2d([[0, 2], [2, 0], [1, 1], [0, 2]], [4, 2], "int32");
add("GatherNd", "elements", (d) => tf.gatherND(d.normal(3, 4), positions()));
add("GatherNd", "rows", (d) => tf.gatherND(d.normal(3, 4, 2), positions()));
add("GatherNd", "a grid of positions", (d) => tf.gatherND(d.normal(5, 3), d.integers(0, 5, 2, 3, 1)));
add("GatherNd", "int32", (d) => tf.gatherND(d.integers(0, 9, 3, 4), positions()));
add("ScatterNd", "repeated positions add up", (d) => tf.scatterND(positions(), d.normal(4), [3, 4]));
add("ScatterNd", "rows", (d) => tf.scatterND(positions(), d.normal(4, 5), [3, 4, 5]));
const places = () => tf.tensor2d([[3], [0]], [2, 1], "int32");
add("TensorScatterUpdate", "rows", (d) => tf.tensorScatterUpdate(d.normal(5, 3), places(), d.normal(2, 3)));
add("TensorScatterUpdate", "elements", (d) => tf.tensorScatterUpdate(d.normal(5), places(), d.normal(2)));

const runs: Record<string, (x: Tensor, axis?: number, exclusive?: boolean, reverse?: boolean) => Tensor> = {
  Cumsum: tf.cumsum,
  Cumprod: tf.cumprod,
};
for (const [kernel, run] of Object.entries(runs)) {
  for (const axis of [0, 1, 2]) add(kernel, `axis ${axis}`, (d) => run(d.normal(3, 4, 5), axis));
  add(kernel, "axis -2", (d) => run(d.normal(3, 4, 5), -2), { reference: (d) => run(d.normal(3, 4, 5), 1) });
  add(kernel, "exclusive", (d) => run(d.normal(3, 5), 1, true));
  add(kernel, "backwards", (d) => run(d.normal(3, 5), 0, false, true));
  add(kernel, "exclusive, backwards", (d) => run(d.normal(3, 5), 1, true, true));
  add(kernel, "one element", (d) => run(d.normal(3, 1), 1));
  add(kernel, "int32", (d) => run(d.integers(-3, 4, 2, 5), 1));
}

const largest = (x: Tensor, k: number, sorted = true) => {
  const { values, indices } = tf.topk(x, k, sorted);
  return [values, indices];
};
add("TopK", "vector", (d) => largest(d.normal(9), 4));
add("TopK", "rows", (d) => largest(d.normal(2, 3, 7), 2));
add("TopK", "all", (d) => largest(d.normal(2, 5), 5));
add("TopK", "int32", (d) => largest(d.integers(-99, 99, 11), 3));
add("TopK", "infinities", () => largest(tf.tensor1d([0, -Infinity, 3, Infinity, -2]), 5));
add("TopK", "equal elements in their order", () => largest(tf.tensor1d([1, 3, 1, 3, 3, 1]), 6));
add("TopK", "one of one", (d) => largest(d.normal(3, 1), 1));

const bits = (d: Draw) => d.integers(0, 99, 3, 4);
add("BitwiseAnd", "int32", (d) => tf.bitwiseAnd(bits(d), bits(d)));
add("Range", "up", () => tf.range(0, 10, 3));
add("Range", "down by halves", () => tf.range(2, -1, -0.5));
add("Range", "int32", () => tf.range(3, 9, 1, "int32"));
add("LinSpace", "five numbers", () => tf.linspace(-1, 2, 5));
add("LinSpace", "one number", () => tf.linspace(4, 9, 1));
