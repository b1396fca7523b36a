/** Cases of pooling and its gradients. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as poolingCases };

/** Adds a pooling and its gradient with a random weight on each output. */
function pooling(kernel: string, label: string, input: number[], pool: (x: Tensor) => Tensor): void {
  add(kernel, label, (d) => pool(d.normal(...input)));
  add(`${kernel}Grad`, label, (d) => {
    const x = d.normal(...input);
    const weight = d.normal(...pool(x).shape);
    return tf.grad((x) => tf.sum(tf.mul(pool(x), weight)))(x);
  });
}

type Pair = [number, number];
type Pad = Parameters<typeof tf.maxPool>[3];
const planes: [string, number[], Pair, Pair, Pad][] = [
  ["2×2, stride 2", [2, 6, 4, 3], [2, 2], [2, 2], "valid"],
  ["2×2, stride 2 on odd sizes, same", [2, 7, 5, 2], [2, 2], [2, 2], "same"],
  ["3×3, stride 2 on odd sizes, valid", [1, 7, 9, 2], [3, 3], [2, 2], "valid"],
  ["3×3, stride 1, same", [2, 5, 4, 2], [3, 3], [1, 1], "same"],
  ["3×3, padded by 1, stride 2", [1, 6, 7, 2], [3, 3], [2, 2], 1],
  ["2×3, unlike sides and strides", [1, 6, 7, 2], [2, 3], [1, 2], [[0, 0], [1, 0], [0, 2], [0, 0]]],
  ["all of it", [2, 3, 5, 2], [3, 5], [1, 1], "valid"],
  ["1×1", [1, 3, 2, 2], [1, 1], [1, 1], "valid"],
  ["sizes of 1", [1, 1, 1, 1], [1, 1], [1, 1], "same"],
];
for (const [label, input, size, stride, pad] of planes) {
  pooling("MaxPool", label, input, (x) => tf.maxPool(x as tf.Tensor4D, size, stride, pad));
  pooling("AvgPool", label, input, (x) => tf.avgPool(x as tf.Tensor4D, size, stride, pad));
}
type Triple = [number, number, number];
const volumes: [string, number[], Triple, Triple, "same" | "valid" | number][] = [
  ["2×2×2, stride 2", [2, 4, 6, 4, 2], [2, 2, 2], [2, 2, 2], "valid"],
  ["3×3×3, stride 2 on odd sizes", [1, 5, 7, 5, 2], [3, 3, 3], [2, 2, 2], "same"],
  ["3×3×3, stride 1, padded by 1", [1, 3, 4, 3, 2], [3, 3, 3], [1, 1, 1], 1],
  ["sizes of 1", [1, 1, 1, 1, 1], [1, 1, 1], [1, 1, 1], "same"],
];
for (const [label, input, size, stride, pad] of volumes) {
  pooling("MaxPool3D", label, input, (x) => tf.maxPool3d(x as tf.Tensor5D, size, stride, pad));
  pooling("AvgPool3D", label, input, (x) => tf.avgPool3d(x as tf.Tensor5D, size, stride, pad));
}

add("MaxPool", "int32", (d) => tf.maxPool(d.integers(-9, 9, 1, 4, 4, 2) as tf.Tensor4D, 2, 2, "same"));
add("MaxPoolGrad", "the first of equal elements gets all", () => {
  return tf.grad((x) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, "valid")))(tf.ones([1, 4, 4, 1]));
});
add("MaxPool", "rounding of the output size", (d) => {
  return tf.maxPool(d.normal(1, 6, 6, 2) as tf.Tensor4D, 3, 2, 0, "ceil");
});
// PyTorch's count_include_pad: padding that counts is padding done first.
add("AvgPool", "the padding counted", (d) => {
  return tf.avgPool(tf.pad(d.normal(1, 5, 5, 2), [[0, 0], [1, 1], [1, 1], [0, 0]]) as tf.Tensor4D, 3, 1, "valid");
}, {
  reference: (d) => {
    const inside = tf.avgPool(d.normal(1, 5, 5, 2) as tf.Tensor4D, 3, 1, "same");
    const covered = tf.tensor1d([2, 3, 3, 3, 2]);
    const share = tf.div(tf.mul(covered.reshape([5, 1]), covered.reshape([1, 5])), 9);
    return tf.mul(inside, share.reshape([1, 5, 5, 1]));
  },
});
