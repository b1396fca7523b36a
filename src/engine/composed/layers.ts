/**
 * The fused kernels behind tfjs's layers, composed for `xla`, which fuses operations itself; normalisations; bincount.
 */
import { type Tensor, tf } from "../tf.ts";
import { type Attributes, composed, type Inputs } from "./register.ts";

/** Adds the bias to a product and applies the activation. */
function finish(product: Tensor, { bias, preluActivationWeights }: Inputs, a: Attributes): Tensor {
  const x = bias ? tf.add(product, bias) : product;
  switch (a.activation) {
    case "relu":
      return tf.relu(x);
    case "relu6":
      return tf.relu6(x);
    case "elu":
      return tf.elu(x);
    case "sigmoid":
      return tf.sigmoid(x);
    case "leakyrelu":
      return tf.leakyRelu(x, a.leakyreluAlpha as number);
    case "prelu":
      return tf.prelu(x, preluActivationWeights!);
    default:
      return x; // "linear", or none
  }
}
/** A fused kernel: the kernel of its product, then bias and activation. */
function fused(name: string, product: string, operands: [string, string]): void {
  composed(name, ["xla"], (inputs, attributes) => {
    const given = Object.fromEntries(operands.map((operand) => [operand, inputs[operand]!]));
    const result = tf.engine().runKernel(product, given, attributes as tf.NamedAttrMap) as Tensor;
    return finish(result, inputs, attributes);
  });
}
fused("_FusedMatMul", "BatchMatMul", ["a", "b"]);
fused("FusedConv2D", "Conv2D", ["x", "filter"]);
fused("FusedDepthwiseConv2D", "DepthwiseConv2dNative", ["x", "filter"]);

composed("FusedBatchNorm", ["xla"], ({ x, mean, variance, offset, scale }, { varianceEpsilon }) => {
  const unit = tf.mul(tf.sub(x!, mean!), tf.rsqrt(tf.add(variance!, varianceEpsilon as number)));
  const scaled = scale ? tf.mul(unit, scale) : unit;
  return offset ? tf.add(scaled, offset) : scaled;
});

/** For each channel the sum over the channels at a distance of at most `radius`. */
function neighbours(x: Tensor, radius: number): Tensor {
  const padded = tf.pad(x, [[0, 0], [0, 0], [0, 0], [radius, radius]]);
  const shifted = Array.from({ length: 2 * radius + 1 }, (_, i) => tf.slice(padded, [0, 0, 0, i], x.shape));
  return tf.addN(shifted);
}
interface Response {
  depthRadius: number;
  bias: number;
  alpha: number;
  beta: number;
}
const norm = (x: Tensor, { depthRadius, bias, alpha }: Response) =>
  tf.add(tf.mul(neighbours(tf.square(x), depthRadius), alpha), bias);

/** Local response normalisation: y = x·n^−β with n = bias + α·Σ x² over neighbouring channels. */
composed("LRN", ["xla"], ({ x }, attributes) => {
  const response = attributes as unknown as Response;
  return tf.mul(x!, tf.pow(norm(x!, response), -response.beta));
});
composed("LRNGrad", ["xla"], ({ x, y, dy }, attributes) => {
  const response = attributes as unknown as Response;
  const { alpha, beta, depthRadius } = response;
  const n = norm(x!, response);
  const shared = neighbours(tf.div(tf.mul(dy!, y!), n), depthRadius);
  return tf.sub(tf.mul(dy!, tf.pow(n, -beta)), tf.mul(tf.mul(x!, shared), 2 * alpha * beta));
});

/** The count or weight of each number 0 … size − 1 in each row; other numbers are ignored. */
function bincount({ x, weights }: Inputs, { size, binaryOutput }: Attributes): Tensor {
  const hits = tf.oneHot(tf.cast(x!, "int32"), size as number, 1, 0, "float32"); // [..., n, size]
  const last = x!.rank - 1;
  if (binaryOutput) return tf.cast(tf.max(hits, last), weights!.dtype);
  const weighted = weights!.size > 0 ? tf.mul(hits, tf.expandDims(weights!, -1)) : hits;
  return tf.cast(tf.sum(weighted, last), weights!.dtype);
}
composed("Bincount", ["xla"], bincount);
composed("DenseBincount", ["xla"], bincount);
