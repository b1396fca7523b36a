/** Differentiable functions, each around one op, whose gradients are compared with finite differences. */
import { type Tensor, tf } from "../../../src/engine/mod.ts";

export interface Difference {
  /** Shapes of the inputs. */
  inputs: number[][];
  f: (...x: Tensor[]) => Tensor;
  /** Inputs from 0.2 to 0.8 instead of normal ones: for functions with a domain. */
  inside?: boolean;
  /** Engines on which tfjs itself fails. */
  not?: string[];
}

export const differences: Record<string, Difference> = {};
const add = (name: string, inputs: number[][], f: Difference["f"], more: Partial<Difference> = {}) => {
  differences[name] = { inputs, f, ...more };
};
const indices = (...values: number[]) => tf.tensor1d(values, "int32");

const unary: Record<string, (x: Tensor) => Tensor> = {
  Acos: tf.acos,
  Asin: tf.asin,
  Asinh: tf.asinh,
  Atan: tf.atan,
  Atanh: tf.atanh,
  Cos: tf.cos,
  Cosh: tf.cosh,
  Elu: tf.elu,
  Erf: tf.erf,
  Exp: tf.exp,
  Expm1: tf.expm1,
  Log: tf.log,
  Log1p: tf.log1p,
  LogSoftmax: (x) => tf.logSoftmax(x),
  Reciprocal: tf.reciprocal,
  Rsqrt: tf.rsqrt,
  Selu: tf.selu,
  Sigmoid: tf.sigmoid,
  Sin: tf.sin,
  Sinh: tf.sinh,
  Softmax: (x) => tf.softmax(x),
  Softplus: tf.softplus,
  Sqrt: tf.sqrt,
  Square: tf.square,
  Tan: tf.tan,
  Tanh: tf.tanh,
};
for (const [name, f] of Object.entries(unary)) add(name, [[2, 3]], f, { inside: true });
add("Acosh", [[5]], (x) => tf.acosh(tf.add(x, 1)), { inside: true });

const binary: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  Atan2: tf.atan2,
  Maximum: (a, b) => tf.maximum(tf.mul(a, 4), b),
  Minimum: (a, b) => tf.minimum(tf.mul(a, 4), b),
  Multiply: tf.mul,
  Pow: tf.pow,
  RealDiv: tf.div,
  SquaredDifference: tf.squaredDifference,
  Sub: tf.sub,
};
for (const [name, f] of Object.entries(binary)) add(`${name}, broadcast`, [[2, 3, 1], [3, 4]], f, { inside: true });
add("Prelu", [[3, 4], [4]], tf.prelu);
add("Prod", [[2, 4]], (x) => tf.prod(x, 1), { inside: true });
add("Mean", [[2, 3, 4]], (x) => tf.square(tf.mean(x, [0, 2])));
add("Cumsum, first axis", [[3, 4]], (x) => tf.square(tf.cumsum(x, 0)));
add("Cumsum, middle axis, exclusive, backwards", [[2, 3, 4]], (x) => tf.square(tf.cumsum(x, 1, true, true)));

type P = tf.Tensor4D;
type V = tf.Tensor5D;
add("Conv2D, stride 2, same", [[1, 5, 5, 2], [4, 4, 2, 2]], (x, w) => tf.tanh(tf.conv2d(x as P, w as P, 2, "same")));
add("Conv2D, padded by 1", [[2, 4, 3, 2], [3, 3, 2, 2]], (x, w) => tf.square(tf.conv2d(x as P, w as P, 1, 1)));
add("Conv2D, dilated", [[1, 6, 7, 2], [3, 2, 2, 2]], (x, w) => {
  return tf.square(tf.conv2d(x as P, w as P, 1, "same", "NHWC", [2, 3]));
});
add("Conv2DBackpropInput (transposed)", [[1, 2, 3, 2], [4, 4, 3, 2]], (x, w) => {
  return tf.square(tf.conv2dTranspose(x as P, w as P, [1, 4, 6, 3], 2, "same"));
});
add("Conv3D, stride 2", [[1, 3, 4, 5, 2], [3, 3, 3, 2, 2]], (x, w) => tf.square(tf.conv3d(x as V, w as V, 2, "same")));
add("Conv3D, dilated", [[1, 4, 5, 3, 1], [2, 2, 2, 1, 2]], (x, w) => {
  return tf.square(tf.conv3d(x as V, w as V, 1, "same", "NDHWC", [2, 3, 1]));
});
add("Conv3DBackpropInputV2 (transposed)", [[1, 2, 2, 2, 2], [2, 3, 3, 1, 2]], (x, w) => {
  return tf.square(tf.conv3dTranspose(x as V, w as V, [1, 4, 4, 4, 1], 2, "same"));
});
add("DepthwiseConv2dNative, stride 2", [[2, 5, 4, 2], [3, 3, 2, 2]], (x, w) => {
  return tf.square(tf.depthwiseConv2d(x as P, w as P, 2, "same"));
});
add("DepthwiseConv2dNative, dilated", [[1, 5, 6, 2], [2, 2, 2, 1]], (x, w) => {
  return tf.square(tf.depthwiseConv2d(x as P, w as P, 1, "valid", "NHWC", [2, 3]));
});
add("AvgPool, padded", [[2, 5, 4, 2]], (x) => tf.square(tf.avgPool(x as P, 3, 2, "same")));
add("AvgPool3D, padded", [[1, 3, 4, 3, 2]], (x) => tf.square(tf.avgPool3d(x as V, 2, 2, "same")));
add("MaxPool", [[1, 5, 5, 2]], (x) => tf.square(tf.maxPool(x as P, 3, 2, "same")));
add("MaxPool3D", [[1, 3, 4, 4, 1]], (x) => tf.square(tf.maxPool3d(x as V, 2, 2, "same")));
add("LRN", [[1, 2, 2, 5]], (x) => tf.localResponseNormalization(x as P, 2, 1, 0.5, 0.6));
add("FusedBatchNorm", [[2, 2, 2, 3], [3], [3], [3]], (x, mean, offset, scale) => {
  const variance = tf.tensor1d([0.5, 1, 2]);
  return tf.square(
    tf.batchNorm(x as P, mean as tf.Tensor1D, variance, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3),
  );
});

add("ResizeNearestNeighbor, ×2 of two images", [[2, 2, 3, 2]], (x) => {
  return tf.square(tf.image.resizeNearestNeighbor(x as P, [4, 6]));
});
add("ResizeNearestNeighbor, fractional", [[2, 3, 2, 1]], (x) => {
  return tf.square(tf.image.resizeNearestNeighbor(x as P, [4, 5]));
});
add("ResizeNearestNeighbor, half pixel centres", [[2, 5, 4, 1]], (x) => {
  return tf.square(tf.image.resizeNearestNeighbor(x as P, [3, 7], false, true));
});
for (
  const [mode, corners, half] of [["", false, false], [", corners", true, false], [", centres", false, true]] as const
) {
  add(`ResizeBilinear${mode}`, [[2, 3, 4, 2]], (x) => {
    return tf.square(tf.image.resizeBilinear(x as P, [5, 3], corners, half));
  });
}

add("attention", [[2, 3, 4], [2, 5, 4]], (q, k) => tf.matMul(tf.softmax(tf.matMul(q, k, false, true)), k));
add("Einsum, bij,bkj->bik", [[2, 3, 4], [2, 5, 4]], (a, b) => tf.square(tf.einsum("bij,bkj->bik", a, b)));
add("Einsum, a letter summed alone", [[3, 4], [3]], (a, b) => tf.square(tf.einsum("ij,i->i", a, b)), { not: ["cpu"] });
add("Einsum, one operand", [[2, 3, 4]], (a) => tf.square(tf.einsum("ijk->ki", a)));

add("GatherV2, repeated indices", [[4, 3]], (x) => tf.square(tf.gather(x, indices(3, 0, 3, 1))));
add("GatherV2, last axis", [[2, 3, 4]], (x) => tf.square(tf.gather(x, indices(3, 0, 3), -1)));
add("GatherV2, a batch", [[2, 4, 3]], (x) => {
  return tf.square(tf.gather(x, tf.tensor2d([[3, 0, 3], [1, 1, 2]], [2, 3], "int32"), 1, 1));
});
const positions = () => tf.tensor2d([[0, 2], [2, 0], [0, 2]], [3, 2], "int32");
add("GatherNd", [[3, 4, 2]], (x) => tf.square(tf.gatherND(x, positions())));
add("ScatterNd", [[3, 2]], (x) => tf.square(tf.scatterND(positions(), x, [3, 4, 2])));
add("UnsortedSegmentSum", [[4, 3]], (x) => tf.square(tf.unsortedSegmentSum(x, indices(1, 0, 1, 1), 3)));
add("TopK", [[2, 5]], (x) => tf.square(tf.topk(x, 3).values));
add("StridedSlice", [[5, 4, 6]], (x) => tf.square(tf.stridedSlice(x, [1, 0, 5], [5, 4, 0], [2, 1, -2])));
add("StridedSlice, an axis dropped", [[3, 5]], (x) => {
  return tf.square(tf.stridedSlice(x, [1, 4], [2, 0], [1, -2], 0, 0, 0, 0, 1));
});
add("MirrorPad, reflect", [[3, 4]], (x) => tf.square(tf.mirrorPad(x, [[1, 2], [0, 3]], "reflect")));
add("MirrorPad, symmetric", [[3, 2]], (x) => tf.square(tf.mirrorPad(x, [[3, 1], [2, 0]], "symmetric")));
add("SpaceToBatchND", [[1, 3, 5, 2]], (x) => tf.square(tf.spaceToBatchND(x, [2, 3], [[0, 1], [1, 0]])));
add("BatchToSpaceND", [[4, 2, 3, 1]], (x) => tf.square(tf.batchToSpaceND(x, [2, 2], [[0, 1], [1, 0]])));
add("DepthToSpace", [[1, 2, 3, 8]], (x) => tf.square(tf.depthToSpace(x as P, 2)));
