/** Cases of 3-D, depthwise, transposed, dilated and grouped convolutions, with their gradients. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as volumeCases };

/** Adds a convolution and both its gradients; a random weight on each output tells the gradients apart. */
function convolution(
  kernels: [string, string, string],
  label: string,
  input: number[],
  filter: number[],
  convolve: (x: Tensor, w: Tensor) => Tensor,
): void {
  add(kernels[0], label, (d) => convolve(d.normal(...input), d.normal(...filter)));
  const weighted = (d: Draw) => {
    const [x, w] = [d.normal(...input), d.normal(...filter)];
    return { x, w, weight: d.normal(...convolve(x, w).shape) };
  };
  add(kernels[1], label, (d) => {
    const { x, w, weight } = weighted(d);
    return tf.grad((x) => tf.sum(tf.mul(convolve(x, w), weight)))(x);
  });
  add(kernels[2], label, (d) => {
    const { x, w, weight } = weighted(d);
    return tf.grad((w) => tf.sum(tf.mul(convolve(x, w), weight)))(w);
  });
}

const volume: [string, string, string] = ["Conv3D", "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2"];
type Stride = [number, number, number];
const volumes: [string, number[], number[], Stride, "same" | "valid"][] = [
  ["3×3×3, same", [2, 3, 5, 4, 2], [3, 3, 3, 2, 3], [1, 1, 1], "same"],
  ["3×3×3, valid", [1, 4, 5, 3, 2], [3, 3, 3, 2, 2], [1, 1, 1], "valid"],
  ["stride 2 on odd sizes, same", [1, 5, 7, 5, 2], [3, 3, 3, 2, 2], [2, 2, 2], "same"],
  ["stride 2 on odd sizes, valid", [1, 5, 7, 5, 1], [2, 3, 3, 1, 2], [2, 2, 2], "valid"],
  ["space only, 1×3×3", [2, 3, 5, 6, 2], [1, 3, 3, 2, 3], [1, 2, 2], "same"],
  ["time only, 3×1×1", [2, 5, 2, 3, 2], [3, 1, 1, 2, 3], [2, 1, 1], "same"],
  ["1×1×1, stride 2", [1, 4, 5, 6, 2], [1, 1, 1, 2, 3], [2, 2, 2], "valid"],
  ["sizes of 1", [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1], "same"],
];
for (const [label, input, filter, stride, pad] of volumes) {
  convolution(volume, label, input, filter, (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad));
}
add("Conv3D", "dilated", (d) => {
  return tf.conv3d(d.normal(1, 5, 6, 5, 2) as tf.Tensor5D, d.normal(2, 2, 2, 2, 2) as tf.Tensor5D, 1, "same", "NDHWC", [
    2,
    2,
    2,
  ]);
});
add("Conv3DBackpropInputV2", "transposed convolution", (d) => {
  const [x, w] = [d.normal(2, 2, 3, 2, 3) as tf.Tensor5D, d.normal(2, 4, 4, 2, 3) as tf.Tensor5D];
  return tf.conv3dTranspose(x, w, [2, 4, 6, 4, 2], 2, "same");
});

const depthwise: [string, string, string] = [
  "DepthwiseConv2dNative",
  "DepthwiseConv2dNativeBackpropInput",
  "DepthwiseConv2dNativeBackpropFilter",
];
type Pad = Parameters<typeof tf.depthwiseConv2d>[3];
const planes: [string, number[], number[], number, Pad][] = [
  ["3×3, one filter each", [2, 5, 6, 3], [3, 3, 3, 1], 1, "same"],
  ["3×3, two filters each, valid", [2, 5, 6, 3], [3, 3, 3, 2], 1, "valid"],
  ["stride 2 on odd sizes", [2, 7, 5, 2], [3, 3, 2, 2], 2, "same"],
  ["padded by 1, stride 2", [1, 7, 5, 2], [3, 3, 2, 1], 2, 1],
  ["one channel", [1, 4, 4, 1], [2, 2, 1, 3], 1, "same"],
];
for (const [label, input, filter, stride, pad] of planes) {
  convolution(depthwise, label, input, filter, (x, w) => {
    return tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);
  });
}
add("DepthwiseConv2dNative", "dilated", (d) => {
  const [x, w] = [d.normal(1, 7, 6, 2) as tf.Tensor4D, d.normal(3, 2, 2, 2) as tf.Tensor4D];
  return tf.depthwiseConv2d(x, w, 1, "same", "NHWC", [2, 3]);
});

// tfjs has no groups between one and all: split, convolve, join.
add("Conv2D", "two groups", (d) => {
  const [x, w] = [d.normal(2, 5, 4, 4), d.normal(3, 3, 2, 6)];
  const parts = tf.split(x, 2, 3).map((part, i) =>
    tf.conv2d(part as tf.Tensor4D, tf.split(w, 2, 3)[i] as tf.Tensor4D, 1, "same")
  );
  return tf.concat(parts, 3);
});
add("Conv2D", "empty batch", () => {
  return tf.conv2d(tf.zeros([0, 4, 4, 2]) as tf.Tensor4D, tf.ones([3, 3, 2, 3]) as tf.Tensor4D, 1, "same");
});
