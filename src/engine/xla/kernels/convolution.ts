/**
 * Convolution and its two gradients.
 *
 * The gradients of a convolution are convolutions again: with respect to the input, the kernel turned round and the
 * output gradient spread apart by the stride; with respect to the kernel, input and output gradient convolved with the
 * batch as the summed channel.
 */
import { fail } from "../../../base/errors.ts";
import { tf } from "../../tf.ts";
import {
  lowerConvolution,
  lowerFilterGradient,
  lowerInputGradient,
  noteInputGradient,
  type Window,
} from "../lowering/convolution.ts";
import { convolution, reverse } from "../ops.ts";
import { type Attributes, kernel } from "./register.ts";

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

/** The same for the lowerings, which know no dilation. */
function windowOf(info: ReturnType<typeof convolutionInfo>): Window | undefined {
  if (info.dilationHeight > 1 || info.dilationWidth > 1) return undefined;
  return {
    input: [info.inHeight, info.inWidth],
    output: [info.outHeight, info.outWidth],
    filter: [info.filterHeight, info.filterWidth],
    stride: [info.strideHeight, info.strideWidth],
    near: [info.padInfo.top, info.padInfo.left],
    channels: { input: info.inChannels, output: info.outChannels },
  };
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
  const window = windowOf(info);
  const lowered = window && lowerConvolution(x!, filter!, window);
  if (lowered) return lowered;
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
  const window = windowOf(info);
  const result = (window && lowerInputGradient(dy!, filter!, window)) ??
    convolution(dy!, reverse(filter!, [0, 1]), info.inShape, {
      labels: "[b, 0, 1, f]x[0, 1, o, i]->[b, 0, 1, f]",
      stride: [1, 1],
      pad: [
        padding(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
        padding(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
      ],
      inputDilation: [info.strideHeight, info.strideWidth],
      kernelDilation: [1, 1],
    });
  if (window) noteInputGradient(result, dy!, filter!, window);
  return result;
});

kernel("Conv2DBackpropFilter", ["x", "dy"], ([x, dy], attributes) => {
  const info = convolutionInfo(x!.type.shape, attributes.filterShape as number[], attributes);
  // The window slides over `filter` places; what it would need beyond the input is padding or, negative, left out.
  const padding = (size: number, out: number, window: number, stride: number, before: number): [number, number] => {
    return [before, window + (out - 1) * stride - before - size];
  };
  const window = windowOf(info);
  const lowered = window && lowerFilterGradient(x!, dy!, window);
  if (lowered) return lowered;
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
