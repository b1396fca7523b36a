/**
 * Convolution and its two gradients, over planes (2-D) and volumes (3-D).
 *
 * The gradients of a convolution are convolutions. For the input: of the output gradient, dilated by the stride, with
 * the reversed kernel (a transposed convolution). For the kernel: of the input with the output gradient, where the
 * batch is the summed channel.
 */
import {
  forwardPadding,
  inputGradientPadding,
  kernelGradientPadding,
  planeInfo,
  volumeInfo,
  windowAxes,
  type WindowInfo,
} from "../../window.ts";
import type { Node } from "../stablehlo/graph.ts";
import {
  lowerConvolution,
  lowerFilterGradient,
  lowerInputGradient,
  noteInputGradient,
  type Window,
} from "../lowering/convolution.ts";
import { convolution, reverse } from "../stablehlo/ops.ts";
import { kernel } from "./register.ts";

/** The window's axes in StableHLO: `0, 1` or `0, 1, 2`. */
const numbers = (axes: unknown[]) => axes.map((_, i) => i).join(", ");

/** x convolved with a filter. With `groups`, the filter is [h, w, I/groups, O], and each group has its own part. */
export function convolve(x: Node, filter: Node, info: WindowInfo, groups = 1): Node {
  const axes = windowAxes(info);
  const window = numbers(axes);
  return convolution(x, filter, info.outShape, {
    labels: `[b, ${window}, f]x[${window}, i, o]->[b, ${window}, f]`,
    stride: axes.map(({ stride }) => stride),
    pad: axes.map(forwardPadding),
    inputDilation: axes.map(() => 1),
    kernelDilation: axes.map(({ dilation }) => dilation),
    groups,
  });
}

/** The gradient with respect to the input. With `groups`, the filter is [h, w, I, O/groups]. */
export function inputGradient(dy: Node, filter: Node, info: WindowInfo, groups = 1): Node {
  const axes = windowAxes(info);
  const window = numbers(axes);
  return convolution(dy, reverse(filter, axes.map((_, i) => i)), info.inShape, {
    labels: `[b, ${window}, f]x[${window}, o, i]->[b, ${window}, f]`,
    stride: axes.map(() => 1),
    pad: axes.map(inputGradientPadding),
    inputDilation: axes.map(({ stride }) => stride),
    kernelDilation: axes.map(({ dilation }) => dilation),
    groups,
  });
}

/** The gradient with respect to the filter; its shape is that of the filter, with I/groups for I. */
export function filterGradient(x: Node, dy: Node, info: WindowInfo, groups = 1): Node {
  const axes = windowAxes(info);
  const window = numbers(axes);
  const shape = [...axes.map(({ taps }) => taps), info.inChannels / groups, info.outChannels];
  return convolution(x, dy, shape, {
    labels: `[f, ${window}, b]x[i, ${window}, o]->[${window}, b, f]`,
    stride: axes.map(({ dilation }) => dilation),
    pad: axes.map(kernelGradientPadding),
    inputDilation: axes.map(() => 1),
    kernelDilation: axes.map(({ stride }) => stride),
    batchGroups: groups,
  });
}

/** A 2-D window for the lowerings; undefined with dilation, which they do not support. */
function windowOf(info: ReturnType<typeof planeInfo>): Window | undefined {
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
kernel("Conv2D", ["x", "filter"], ([x, filter], attributes) => {
  const info = planeInfo(x!.type.shape, filter!.type.shape, attributes);
  const window = windowOf(info);
  return (window && lowerConvolution(x!, filter!, window)) ?? convolve(x!, filter!, info);
});
kernel("Conv2DBackpropInput", ["dy", "filter"], ([dy, filter], attributes) => {
  const info = planeInfo(attributes.inputShape as number[], filter!.type.shape, attributes);
  const window = windowOf(info);
  const result = (window && lowerInputGradient(dy!, filter!, window)) ?? inputGradient(dy!, filter!, info);
  if (window) noteInputGradient(result, dy!, filter!, window);
  return result;
});
kernel("Conv2DBackpropFilter", ["x", "dy"], ([x, dy], attributes) => {
  const info = planeInfo(x!.type.shape, attributes.filterShape as number[], attributes);
  const window = windowOf(info);
  return (window && lowerFilterGradient(x!, dy!, window)) ?? filterGradient(x!, dy!, info);
});

kernel("Conv3D", ["x", "filter"], ([x, filter], attributes) => {
  return convolve(x!, filter!, volumeInfo(x!.type.shape, filter!.type.shape, attributes));
});
kernel("Conv3DBackpropInputV2", ["dy", "filter"], ([dy, filter], attributes) => {
  return inputGradient(dy!, filter!, volumeInfo(attributes.inputShape as number[], filter!.type.shape, attributes));
});
kernel("Conv3DBackpropFilterV2", ["x", "dy"], ([x, dy], attributes) => {
  return filterGradient(x!, dy!, volumeInfo(x!.type.shape, attributes.filterShape as number[], attributes));
});
