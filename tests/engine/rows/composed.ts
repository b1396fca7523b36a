/** Cases of the kernels composed of tfjs ops: layout, normalisation, fused layers, einsum, bilinear resizing. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";
import { type Draw, table } from "../kernel_table.ts";

const { cases, add } = table();
export { cases as composedCases };

for (const mode of ["reflect", "symmetric"] as const) {
  add("MirrorPad", `${mode}, unlike amounts`, (d) => tf.mirrorPad(d.normal(3, 4), [[1, 2], [0, 3]], mode));
  add("MirrorPad", `${mode}, nothing to add`, (d) => {
    const x = d.normal(2, 1);
    tf.mirrorPad(x, [[0, 0], [0, 0]], mode).dispose();
    return tf.mirrorPad(x, [[0, 0], [0, 0]], mode); // x is still there
  });
}
const blocks: [string, number[], number[], [number, number][]][] = [
  ["2×2", [2, 4, 6, 3], [2, 2], [[0, 0], [0, 0]]],
  ["2×3, padded", [1, 3, 5, 2], [2, 3], [[0, 1], [1, 0]]],
  ["one axis", [2, 5, 3], [3], [[1, 0]]],
];
for (const [label, shape, block, amounts] of blocks) {
  const toBatch = (x: Tensor) => tf.spaceToBatchND(x, block, amounts);
  add("SpaceToBatchND", label, (d) => toBatch(d.normal(...shape)));
  add("BatchToSpaceND", label, (d) => tf.batchToSpaceND(toBatch(d.normal(...shape)), block, amounts));
}
add("DepthToSpace", "2×2", (d) => tf.depthToSpace(d.normal(2, 3, 2, 8) as tf.Tensor4D, 2));
add("FlipLeftRight", "odd width", (d) => tf.image.flipLeftRight(d.normal(2, 3, 5, 2) as tf.Tensor4D));
add("Diag", "vector", (d) => tf.diag(d.normal(4)));
add("Diag", "matrix, int32", (d) => tf.diag(d.integers(0, 9, 2, 3)));

for (const equation of ["ij->ji", "ij->j", "ij->", "bij->bj"]) {
  const shape = equation.split("->")[0]!.length === 2 ? [3, 5] : [2, 3, 5];
  add("Einsum", equation, (d) => tf.einsum(equation, d.normal(...shape)));
}
const products: [string, number[], number[]][] = [
  ["ij,jk->ik", [3, 4], [4, 5]],
  ["ij,kj->ki", [3, 4], [5, 4]],
  ["bij,bjk->bik", [2, 3, 4], [2, 4, 1]],
  ["i,j->ij", [3], [5]],
  ["ij,ij->", [3, 4], [3, 4]],
  ["bhid,bhjd->bhij", [2, 2, 3, 4], [2, 2, 5, 4]],
];
for (const [equation, a, b] of products) {
  add("Einsum", equation, (d) => tf.einsum(equation, d.normal(...a), d.normal(...b)));
}
// tfjs cpu fails where a letter of two operands is summed away alone.
add("Einsum", "bsi,ij->bj", (d) => tf.einsum("bsi,ij->bj", d.normal(2, 3, 4), d.normal(4, 5)), {
  reference: (d) => tf.matMul(tf.sum(d.normal(2, 3, 4), 1), d.normal(4, 5)),
});

add("FusedBatchNorm", "per channel", (d) => {
  const x = d.normal(2, 3, 4, 5) as tf.Tensor4D;
  const variance = tf.add(d.uniform(5), 0.1) as tf.Tensor1D;
  const [mean, offset, scale] = [1, 2, 3].map(() => d.normal(5) as tf.Tensor1D);
  return tf.batchNorm(x, mean!, variance, offset, scale, 1e-3);
});
add("FusedBatchNorm", "neither scale nor offset", (d) => {
  return tf.batchNorm(d.normal(2, 3), d.normal(3) as tf.Tensor1D, tf.add(d.uniform(3), 0.1) as tf.Tensor1D);
});
const response = (x: Tensor) => tf.localResponseNormalization(x as tf.Tensor4D, 2, 1.5, 0.3, 0.6);
add("LRN", "radius 2", (d) => response(d.normal(2, 3, 2, 7)));
add("LRN", "radius beyond the channels", (d) => response(d.normal(1, 2, 2, 1)));
add("LRNGrad", "radius 2", (d) => {
  const weight = d.normal(2, 3, 2, 7);
  return tf.grad((x) => tf.sum(tf.mul(response(x), weight)))(d.normal(2, 3, 2, 7));
});

type Activation = Parameters<typeof tf.fused.matMul>[0]["activation"];
const activations: Activation[] = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"];
for (const activation of activations) {
  const prelu = (d: Draw, ...shape: number[]) =>
    activation === "prelu" ? { preluActivationWeights: d.normal(...shape) } : {};
  add("_FusedMatMul", `${activation}, bias`, (d) => {
    const [a, b, bias] = [d.normal(3, 4) as tf.Tensor2D, d.normal(5, 4) as tf.Tensor2D, d.normal(5)];
    const named = activation ? { activation } : {};
    return tf.fused.matMul({ a, b, bias, transposeB: true, ...named, leakyreluAlpha: 0.3, ...prelu(d, 5) });
  });
}
add("_FusedMatMul", "no bias", (d) => {
  return tf.fused.matMul({ a: d.normal(3, 4) as tf.Tensor2D, b: d.normal(4, 5) as tf.Tensor2D, activation: "relu" });
});
add("FusedConv2D", "bias and relu", (d) => {
  const [x, filter] = [d.normal(2, 5, 4, 3) as tf.Tensor4D, d.normal(3, 3, 3, 4) as tf.Tensor4D];
  return tf.fused.conv2d({ x, filter, strides: 2, pad: "same", bias: d.normal(4), activation: "relu" });
});
add("FusedDepthwiseConv2D", "bias and sigmoid", (d) => {
  const [x, filter] = [d.normal(2, 5, 4, 3) as tf.Tensor4D, d.normal(3, 3, 3, 2) as tf.Tensor4D];
  return tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "same", bias: d.normal(6), activation: "sigmoid" });
});

add("Bincount", "numbers beyond the size", (d) => {
  return tf.bincount(d.integers(0, 9, 20) as tf.Tensor1D, d.normal(20) as tf.Tensor1D, 6);
});
add("DenseBincount", "rows", (d) => {
  return tf.denseBincount(d.integers(0, 4, 3, 7) as tf.Tensor2D, d.normal(3, 7) as tf.Tensor2D, 4);
});
add("DenseBincount", "which occur", (d) => {
  return tf.denseBincount(d.integers(0, 4, 3, 7) as tf.Tensor2D, d.normal(3, 7) as tf.Tensor2D, 4, true);
});

const sizes: [string, [number, number], [number, number]][] = [
  ["×2", [3, 5], [6, 10]],
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
    const resize = (x: Tensor) => tf.image.resizeBilinear(x as tf.Tensor4D, size, corners, half);
    add("ResizeBilinear", label + mode, (d) => resize(d.normal(2, h, w, 3)));
    add("ResizeBilinearGrad", label + mode, (d) => {
      const weight = d.normal(2, ...size, 3);
      return tf.grad((x) => tf.sum(tf.mul(resize(x), weight)))(d.normal(2, h, w, 3));
    }, {
      // By its definition: the answer to each pixel of x alone.
      reference: (d) => {
        const weight = d.normal(2, ...size, 3); // [2, H, W, 3]
        const pixels = tf.reshape(tf.eye(h * w), [h * w, h, w, 1]);
        const answers = tf.reshape(resize(pixels), [h * w, size[0] * size[1]]);
        const flat = tf.reshape(tf.transpose(weight, [1, 2, 0, 3]), [size[0] * size[1], 6]);
        return tf.transpose(tf.reshape(tf.matMul(answers, flat), [h, w, 2, 3]), [2, 0, 1, 3]);
      },
    });
  }
}
add("ResizeBilinear", "int32", (d) => tf.image.resizeBilinear(d.integers(0, 99, 1, 3, 3, 2) as tf.Tensor4D, [5, 4]));
