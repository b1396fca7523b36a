/** Cases of matrix products, convolutions with their gradients, and resizing. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as linearCases };

for (const [left, right] of [[false, false], [true, false], [false, true], [true, true]] as const) {
  const turn = (turned: boolean, ...shape: number[]) =>
    turned ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;
  const label = `${left ? "aᵀ" : "a"}·${right ? "bᵀ" : "b"}`;
  const product = (a: number[], b: number[]) => (d: Draw) =>
    tf.matMul(d.normal(...turn(left, ...a)), d.normal(...turn(right, ...b)), left, right);
  add("BatchMatMul", label, product([3, 5], [5, 7]));
  add("BatchMatMul", `${label}, batch`, product([2, 3, 5], [2, 5, 4]));
  add("BatchMatMul", `${label}, broadcast batch left`, product([1, 3, 5], [4, 5, 2]));
  add("BatchMatMul", `${label}, broadcast batch right`, product([4, 3, 5], [1, 5, 2]));
  add("BatchMatMul", `${label}, two batch axes`, product([2, 3, 1, 5], [2, 3, 5, 4]));
  add("BatchMatMul", `${label}, sizes of 1`, product([1, 1], [1, 1]));
}
// tfjs cpu repeats batch axes only where all of them belong to one operand.
add("BatchMatMul", "two batch axes, each broadcast", (d) => tf.matMul(d.normal(2, 1, 3, 5), d.normal(1, 4, 5, 2)), {
  reference: (d) => tf.matMul(tf.tile(d.normal(2, 1, 3, 5), [1, 4, 1, 1]), tf.tile(d.normal(1, 4, 5, 2), [2, 1, 1, 1])),
});
add("BatchMatMul", "vector-like", (d) => tf.matMul(d.normal(1, 129), d.normal(129, 1)));

type Pad = Parameters<typeof tf.conv2d>[3];
export interface ConvolutionCase {
  label: string;
  input: [number, number, number, number];
  filter: [number, number, number, number];
  stride: [number, number];
  pad: Pad;
}
const filters: [number, number][] = [[1, 1], [3, 3], [4, 4], [2, 3]];
const pads: Pad[] = ["same", "valid", 1, [[0, 0], [2, 1], [1, 0], [0, 0]]];

/** All filters and pads, strides 1, 2 and unlike ones, on inputs of odd, even and unlike sizes. */
export const convolutionCases: ConvolutionCase[] = [];
for (const [kh, kw] of filters) {
  for (const pad of pads) {
    for (const [h, w, s, t] of [[7, 5, 1, 1], [7, 5, 2, 2], [6, 8, 2, 2]] as const) {
      // tfjs takes a numeric pad only where it is smaller than the window.
      if (typeof pad === "number" && Math.min(kh, kw) === 1) continue;
      convolutionCases.push({
        label: `${h}×${w}, ${kh}×${kw} filter, stride ${s}×${t}, pad ${JSON.stringify(pad)}`,
        input: [2, h, w, 3],
        filter: [kh, kw, 3, 4],
        stride: [s, t],
        pad,
      });
    }
  }
}
convolutionCases.push({
  label: "unlike strides",
  input: [2, 8, 7, 3],
  filter: [3, 3, 3, 4],
  stride: [3, 2],
  pad: 1,
});
convolutionCases.push({
  label: "one channel, one pixel",
  input: [1, 1, 1, 1],
  filter: [3, 3, 1, 1],
  stride: [1, 1],
  pad: "same",
});
convolutionCases.push({
  label: "filter as large as the input",
  input: [2, 4, 4, 2],
  filter: [4, 4, 2, 1],
  stride: [1, 1],
  pad: "valid",
});

for (const { label, input, filter, stride, pad } of convolutionCases) {
  const convolve = (x: Tensor, w: Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad);
  add("Conv2D", label, (d) => convolve(d.normal(...input), d.normal(...filter)));
  // Compiling them takes time: the rarer filters with one kind of padding only.
  if (filter[0] < 3 && pad !== "same") continue;
  // tfjs works out the gradients by the two kernels; a random weight on each output tells them apart.
  const weighted = (d: Draw) => {
    const [x, w] = [d.normal(...input), d.normal(...filter)];
    const { shape } = convolve(x, w);
    const weight = d.normal(...shape);
    return { x, w, weight };
  };
  add("Conv2DBackpropInput", label, (d) => {
    const { x, w, weight } = weighted(d);
    return tf.grad((x) => tf.sum(tf.mul(convolve(x, w), weight)))(x);
  });
  add("Conv2DBackpropFilter", label, (d) => {
    const { x, w, weight } = weighted(d);
    return tf.grad((w) => tf.sum(tf.mul(convolve(x, w), weight)))(w);
  });
}
add(
  "Conv2D",
  "dilated",
  (d) => tf.conv2d(d.normal(1, 9, 8, 2) as tf.Tensor4D, d.normal(3, 2, 2, 3) as tf.Tensor4D, 1, "same", "NHWC", [2, 3]),
);
add(
  "Conv2D",
  "rounding of the output size",
  (d) => tf.conv2d(d.normal(1, 6, 6, 2) as tf.Tensor4D, d.normal(3, 3, 2, 3) as tf.Tensor4D, 2, 1, "NHWC", 1, "ceil"),
);
add(
  "Conv2DBackpropInput",
  "transposed convolution",
  (d) =>
    tf.conv2dTranspose(
      d.normal(2, 3, 4, 3) as tf.Tensor4D,
      d.normal(4, 4, 2, 3) as tf.Tensor4D,
      [2, 6, 8, 2],
      2,
      "same",
    ),
);

const sizes: [string, [number, number], [number, number]][] = [
  ["×2", [3, 5], [6, 10]],
  ["×3", [2, 3], [6, 9]],
  ["×2 by ×3", [3, 2], [6, 6]],
  ["fractional", [3, 4], [7, 9]],
  ["smaller", [7, 6], [3, 4]],
  ["same size", [3, 4], [3, 4]],
  ["one pixel", [1, 1], [4, 5]],
  ["to one pixel", [4, 5], [1, 1]],
];
for (const [label, [h, w], size] of sizes) {
  for (
    const [mode, corners, half] of [["", false, false], [", corners aligned", true, false], [
      ", half pixel centres",
      false,
      true,
    ]] as const
  ) {
    const resize = (x: Tensor) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, size, corners, half);
    add("ResizeNearestNeighbor", label + mode, (d) => resize(d.normal(2, h, w, 3)));
    const gradient = (d: Draw) => {
      const weight = d.normal(2, ...size, 3);
      return tf.grad((x) => tf.sum(tf.mul(resize(x), weight)))(d.normal(2, h, w, 3));
    };
    add("ResizeNearestNeighborGrad", label + mode, gradient, {
      reference: (d) => sumByRepeatedPixel(d.normal(2, ...size, 3), resize, [h, w]),
    });
  }
}

/** The gradient by its definition: each pixel of x gets the sum over the places where it was repeated. */
function sumByRepeatedPixel(weight: Tensor, resize: (x: Tensor) => Tensor, [h, w]: [number, number]): Tensor {
  const [, H, W, c] = weight.shape as [number, number, number, number];
  const from = tf.cast(resize(tf.reshape(tf.range(0, h * w), [1, h, w, 1])), "int32").flatten();
  const images = tf.unstack(weight).map((image) => {
    return tf.reshape(tf.unsortedSegmentSum(tf.reshape(image, [H * W, c]), from, h * w), [h, w, c]);
  });
  return tf.stack(images);
}
