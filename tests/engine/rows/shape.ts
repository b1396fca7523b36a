/** Cases of the kernels that move values without changing them. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as shapeCases };

const run = (kernel: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown> = {}) =>
  tf.engine().runKernel(kernel, inputs as never, attributes as never) as Tensor;

add("Reshape", "inferred axis", (d) => tf.reshape(d.normal(3, 4, 5), [5, -1]));
add("Reshape", "to and from a scalar", (d) => [tf.reshape(d.normal(1, 1), []), tf.reshape(d.normal(), [1, 1])]);
add("Reshape", "no element", () => tf.reshape(tf.tensor([], [0, 3]), [3, 0]));
add("ExpandDims", "each axis", (d) => [0, 1, 2, -1, -3].map((axis) => tf.expandDims(d.normal(3, 5), axis)));
add("Transpose", "default", (d) => tf.transpose(d.normal(3, 5)));
add(
  "Transpose",
  "permutations",
  (d) => [[2, 0, 1], [1, 0, 2], [0, 2, 1]].map((order) => tf.transpose(d.normal(2, 3, 5), order)),
);
add("Transpose", "rank 4", (d) => tf.transpose(d.normal(2, 3, 4, 5), [3, 1, 0, 2]));
add("Transpose", "int32 and bool", (d) => [tf.transpose(d.integers(0, 9, 2, 3)), tf.transpose(d.truths(2, 3))]);
add("Reverse", "axes", (d) => [0, -1, [0, 2], [-2]].map((axis) => tf.reverse(d.normal(2, 3, 5), axis)));
add("BroadcastTo", "new axes", (d) => run("BroadcastTo", { x: d.normal(3, 1) }, { shape: [2, 3, 5] }), {
  reference: (d) => tf.broadcastTo(d.normal(3, 1), [2, 3, 5]),
});
add("BroadcastTo", "a scalar", (d) => run("BroadcastTo", { x: d.normal() }, { shape: [3, 5] }), {
  reference: (d) => tf.broadcastTo(d.normal(), [3, 5]),
});
add("Tile", "each axis", (d) => tf.tile(d.normal(2, 1, 3), [2, 3, 1]));
add("Tile", "int32 vector", (d) => tf.tile(d.integers(0, 9, 3), [4]));

add("Concat", "each axis", (d) => [0, 1, -1].map((axis) => tf.concat([d.normal(2, 3, 4), d.normal(2, 3, 4)], axis)));
add("Concat", "unlike sizes", (d) => tf.concat([d.normal(2, 1), d.normal(2, 4), d.normal(2, 2)], 1));
add("Concat", "an empty part", (d) => tf.concat([tf.tensor([], [0, 3]), d.normal(2, 3)], 0));
add("Concat", "int32", (d) => tf.concat([d.integers(0, 9, 2), d.integers(0, 9, 3)]));
add("Concat", "bool", (d) => tf.concat([d.truths(2), d.truths(3)]));
add("Pack", "each axis", (d) => [0, 1, 2, -1].map((axis) => tf.stack([d.normal(2, 3), d.normal(2, 3)], axis)));
add("Pack", "scalars", (d) => tf.stack([d.normal(), d.normal(), d.normal()]));
add("Unpack", "each axis", (d) => [0, 1, -1].flatMap((axis) => tf.unstack(d.normal(2, 3, 4), axis)));
add("SplitV", "equal parts", (d) => [...tf.split(d.normal(4, 3), 2), ...tf.split(d.normal(2, 6), 3, -1)]);
add("SplitV", "given sizes", (d) => tf.split(d.normal(3, 7), [1, 4, 2], 1));
add("SplitV", "a size left open", (d) => tf.split(d.normal(3, 7), [2, -1], 1));
add("Slice", "inner block", (d) => tf.slice(d.normal(4, 5, 3), [1, 0, 2], [2, -1, 1]));
add("Slice", "begin only", (d) => tf.slice(d.normal(5, 2), [3]));
add("Slice", "nothing", (d) => tf.slice(d.normal(5, 2), [5, 0], [0, 2]));
add("Slice", "int32", (d) => tf.slice(d.integers(0, 9, 5), [1], [3]));

add("StridedSlice", "steps", (d) => tf.stridedSlice(d.normal(7, 5), [1, 0], [7, 5], [2, 3]));
add("StridedSlice", "backwards", (d) => tf.stridedSlice(d.normal(7, 5), [6, 4], [0, 1], [-2, -1]));
add("StridedSlice", "backwards to the very start", (d) => tf.stridedSlice(d.normal(7), [0], [0], [-1], 1, 1));
add("StridedSlice", "negative bounds", (d) => tf.stridedSlice(d.normal(7, 5), [-4, -3], [-1, -1], [1, 1]));
add("StridedSlice", "masks", (d) => tf.stridedSlice(d.normal(4, 5), [2, 3], [3, 4], [1, 2], 0b01, 0b10));
add(
  "StridedSlice",
  "ellipsis",
  (d) => tf.stridedSlice(d.normal(2, 3, 4, 5), [1, 0, 1], [2, 0, 4], [1, 1, 2], 0, 0, 0b010),
);
add(
  "StridedSlice",
  "new axis",
  (d) => tf.stridedSlice(d.normal(4, 5), [0, 1, 0], [0, 3, 4], [1, 1, 2], 0, 0, 0, 0b001),
);
add("StridedSlice", "shrink", (d) => tf.stridedSlice(d.normal(4, 5), [1, 2], [2, 5], [1, 1], 0, 0, 0, 0, 0b01));
add(
  "StridedSlice",
  "shrink a negative index",
  (d) => tf.stridedSlice(d.normal(4, 5), [-1, 0], [0, 5], [1, 1], 0, 0, 0, 0, 0b01),
);
add("StridedSlice", "shrink all", (d) => tf.stridedSlice(d.normal(4, 5), [1, 2], [2, 3], [1, 1], 0, 0, 0, 0, 0b11));
// tfjs cpu trips over an empty slice that its short cut takes.
add("StridedSlice", "nothing", (d) => tf.stridedSlice(d.normal(4, 5), [3, 0], [1, 5], [1, 1]), {
  reference: () => tf.tensor([], [0, 5]),
});
add("StridedSlice", "nothing backwards", (d) => tf.stridedSlice(d.normal(4, 5), [1, 0], [3, 5], [-1, 1]));

add("PadV2", "unlike amounts", (d) => tf.pad(d.normal(2, 3), [[1, 0], [0, 2]]));
add("PadV2", "a value", (d) => tf.pad(d.normal(2, 3, 1), [[0, 0], [1, 1], [2, 0]], -1.5));
add("PadV2", "int32", (d) => tf.pad(d.integers(0, 9, 3), [[1, 2]], 7));
add("PadV2", "infinity", (d) => tf.pad(d.normal(3), [[1, 1]], -Infinity));
add("PadV2", "nothing inside", () => tf.pad(tf.tensor([], [0, 2]), [[1, 1], [0, 0]]));

for (const axis of [0, 1, 2, -1]) {
  add("GatherV2", `2-D indices, axis ${axis}`, (d) => tf.gather(d.normal(4, 5, 3), d.integers(0, 3, 2, 3), axis));
}
add("GatherV2", "repeated indices", (d) => tf.gather(d.normal(4, 5), tf.tensor1d([3, 3, 0, 3], "int32")));
add("GatherV2", "scalar index", (d) => tf.gather(d.normal(4, 5), tf.scalar(2, "int32"), 1));
add("GatherV2", "int32 values", (d) => tf.gather(d.integers(0, 99, 6), d.integers(0, 6, 2, 2)));
add("GatherV2", "bool values", (d) => tf.gather(d.truths(6), d.integers(0, 6, 5)));
add("GatherV2", "no index", (d) => tf.gather(d.normal(4, 5), tf.tensor([], [0], "int32")));
add(
  "UnsortedSegmentSum",
  "repeated and missing ids",
  (d) => tf.unsortedSegmentSum(d.normal(5, 3), tf.tensor1d([2, 0, 2, 2, 4], "int32"), 6),
);
add(
  "UnsortedSegmentSum",
  "rank 3",
  (d) => tf.unsortedSegmentSum(d.normal(4, 3, 2), tf.tensor1d([1, 1, 0, 1], "int32"), 2),
);
add("UnsortedSegmentSum", "vector", (d) => tf.unsortedSegmentSum(d.normal(7), d.integers(0, 3, 7) as tf.Tensor1D, 3));
add(
  "UnsortedSegmentSum",
  "ids out of range",
  (d) => tf.unsortedSegmentSum(d.normal(4, 2), tf.tensor1d([0, -1, 1, 0], "int32"), 2),
);
const counts = (d: Draw) => tf.unsortedSegmentSum(d.integers(0, 9, 4), tf.tensor1d([0, 1, 0, 1], "int32"), 2);
add("UnsortedSegmentSum", "int32", counts, { reference: (d) => tf.cast(counts(d), "int32") }); // tfjs cpu: float32
add("OneHot", "default", (d) => tf.oneHot(d.integers(0, 4, 6), 4));
add("OneHot", "on and off values", (d) => tf.oneHot(d.integers(0, 4, 6), 4, 0.9, 0.1, "float32"));
add("OneHot", "2-D indices", (d) => tf.oneHot(d.integers(0, 4, 2, 3), 4));
add("OneHot", "out of range", () => tf.oneHot(tf.tensor1d([-1, 0, 4, 3], "int32"), 4));
