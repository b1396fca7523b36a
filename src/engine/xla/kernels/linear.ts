/**
 * Kernels with products: matrix multiplication, convolution and its two gradients, resizing.
 *
 * The gradients of a convolution are convolutions again: with respect to the input, the kernel turned round and the
 * output gradient spread apart by the stride; with respect to the kernel, input and output gradient convolved with the
 * batch as the summed channel.
 */
import { tf } from "../../tf.ts";
import { fail } from "../../../base/errors.ts";
import type { Node } from "../graph.ts";
import { literal } from "../graph.ts";
import { broadcastInDim, convolution, dot, reduce, reshape, reverse, transpose } from "../ops.ts";
import { type Attributes, kernel } from "./register.ts";

kernel("BatchMatMul", ["a", "b"], ([a, b], { transposeA, transposeB }) => {
  const rank = a!.type.shape.length;
  const batch = Array.from({ length: rank - 2 }, (_, i) => i);
  // tfjs repeats a batch axis of size 1.
  const shape = batch.map((axis) => Math.max(a!.type.shape[axis]!, b!.type.shape[axis]!));
  const spread = (x: Node) => broadcastInDim(x, [...shape, ...x.type.shape.slice(-2)], x.type.shape.map((_, i) => i));
  const inner: [number, number] = [transposeA ? rank - 2 : rank - 1, transposeB ? rank - 1 : rank - 2];
  return dot(spread(a!), spread(b!), [batch, batch], [[inner[0]], [inner[1]]]);
});

/** Sizes of a 2-D convolution as tfjs works them out. */
function convolutionInfo(inputShape: number[], filterShape: number[], a: Attributes) {
  if (a.dataFormat === "NCHW") fail("The xla engine's convolutions take NHWC data; transpose to NHWC first.");
  return tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    a.strides as number | [number, number],
    (a.dilations as number | [number, number] | undefined) ?? 1,
    a.pad as "same" | "valid" | number,
    a.dimRoundingMode as "floor" | "round" | "ceil" | undefined,
  );
}

/**
 * Padding at the far end that gives the output size tfjs asks for. Where it rounds sizes up, or has a number for pad and
 * a window that is not square (it then goes by the height alone), that differs from the padding it names.
 */
function farPadding(size: number, out: number, window: number, stride: number, near: number, far: number): number {
  const natural = Math.floor((size + near + far - window) / stride) + 1;
  return natural === out ? far : (out - 1) * stride + window - size - near;
}

kernel("Conv2D", ["x", "filter"], ([x, filter], attributes) => {
  const info = convolutionInfo(x!.type.shape, filter!.type.shape, attributes);
  const { top, bottom, left, right } = info.padInfo;
  return convolution(x!, filter!, info.outShape, {
    labels: "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]",
    stride: [info.strideHeight, info.strideWidth],
    pad: [
      [top, farPadding(info.inHeight, info.outHeight, info.effectiveFilterHeight, info.strideHeight, top, bottom)],
      [left, farPadding(info.inWidth, info.outWidth, info.effectiveFilterWidth, info.strideWidth, left, right)],
    ],
    inputDilation: [1, 1],
    kernelDilation: [info.dilationHeight, info.dilationWidth],
  });
});

kernel("Conv2DBackpropInput", ["dy", "filter"], ([dy, filter], attributes) => {
  const info = convolutionInfo(attributes.inputShape as number[], filter!.type.shape, attributes);
  // What reaches past the last output row (an input row that no window covers) is padded at the far end.
  const padding = (size: number, out: number, window: number, stride: number, before: number): [number, number] => {
    const low = window - 1 - before;
    return [low, size + window - 1 - low - ((out - 1) * stride + 1)];
  };
  return convolution(dy!, reverse(filter!, [0, 1]), info.inShape, {
    labels: "[b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f]",
    stride: [1, 1],
    pad: [
      padding(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
      padding(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
    ],
    inputDilation: [info.strideHeight, info.strideWidth],
    kernelDilation: [1, 1],
  });
});

kernel("Conv2DBackpropFilter", ["x", "dy"], ([x, dy], attributes) => {
  const info = convolutionInfo(x!.type.shape, attributes.filterShape as number[], attributes);
  // The window slides over `filter` places; what it would need beyond the input is padding or, negative, left out.
  const padding = (size: number, out: number, window: number, stride: number, before: number): [number, number] => {
    return [before, window + (out - 1) * stride - before - size];
  };
  return convolution(x!, dy!, attributes.filterShape as number[], {
    labels: "[f, 0, 1, b]x[i, 0, 1, o]->[0, 1, b, f]",
    stride: [1, 1],
    pad: [
      padding(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
      padding(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
    ],
    inputDilation: [1, 1],
    kernelDilation: [info.strideHeight, info.strideWidth],
  });
});

interface Resize {
  alignCorners: boolean;
  halfPixelCenters: boolean;
}

/** For each output row the input row it repeats, by tfjs's rule. */
function nearestRows(from: number, to: number, { alignCorners, halfPixelCenters }: Resize): number[] {
  const scale = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => {
    const position = scale * (halfPixelCenters ? i + 0.5 : i);
    const row = alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(from - 1, row));
  });
}

/** A whole-number enlargement in which every pixel becomes a block: the only case that occurs in the generator. */
function blockFactors([h, w]: number[], [H, W]: number[], resize: Resize): [number, number] | undefined {
  if (resize.alignCorners || H! % h! !== 0 || W! % w! !== 0) return undefined;
  return [H! / h!, W! / w!];
}

/** A matrix [to, from] with a one where an output row repeats an input row. */
function choiceMatrix(from: number, to: number, resize: Resize): Node {
  const values = new Float32Array(to * from);
  for (const [i, row] of nearestRows(from, to, resize).entries()) values[i * from + row] = 1;
  return literal(values, { shape: [to, from], element: "f32" });
}

kernel("ResizeNearestNeighbor", ["images"], ([x], attributes) => {
  const resize = attributes as unknown as Resize;
  const [n, h, w, c] = x!.type.shape as [number, number, number, number];
  const [H, W] = attributes.size as [number, number];
  const factors = blockFactors([h, w], [H, W], resize);
  if (factors) {
    const spread = broadcastInDim(x!, [n, h, factors[0], w, factors[1], c], [0, 1, 3, 5]);
    return reshape(spread, [n, H, W, c]);
  }
  const rows = dot(choiceMatrix(h, H, resize), x!, [[], []], [[1], [1]]); // [H, n, w, c]
  const both = dot(choiceMatrix(w, W, resize), rows, [[], []], [[1], [2]]); // [W, H, n, c]
  return transpose(both, [2, 1, 0, 3]);
});
kernel("ResizeNearestNeighborGrad", ["images", "dy"], ([x, dy], attributes) => {
  const resize = { halfPixelCenters: false, ...attributes } as unknown as Resize;
  const [n, h, w, c] = x!.type.shape as [number, number, number, number];
  const [, H, W] = dy!.type.shape as [number, number, number, number];
  const factors = blockFactors([h, w], [H, W], resize);
  if (factors) return reduce(reshape(dy!, [n, h, factors[0], w, factors[1], c]), [2, 4], "add");
  const rows = dot(choiceMatrix(h, H, resize), dy!, [[], []], [[0], [1]]); // [h, n, W, c]
  const both = dot(choiceMatrix(w, W, resize), rows, [[], []], [[0], [2]]); // [w, h, n, c]
  return transpose(both, [2, 1, 0, 3]);
});
