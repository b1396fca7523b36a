/**
 * Depthwise convolution, where each channel has its own filters, and its two gradients: grouped convolutions with one
 * group for each input channel. The filter is [h, w, C, m]; output channel c·m + i is the i-th of input channel c.
 */
import { planeInfo } from "../../window.ts";
import type { Node } from "../stablehlo/graph.ts";
import { reshape } from "../stablehlo/ops.ts";
import { convolve, filterGradient, inputGradient } from "./convolution.ts";
import { kernel } from "./register.ts";

const shapeOf = (x: Node) => x.type.shape as [number, number, number, number];

kernel("DepthwiseConv2dNative", ["x", "filter"], ([x, filter], attributes) => {
  const [h, w, channels, multiplier] = shapeOf(filter!);
  const info = planeInfo(x!.type.shape, filter!.type.shape, attributes, true);
  return convolve(x!, reshape(filter!, [h, w, 1, channels * multiplier]), info, channels);
});
kernel("DepthwiseConv2dNativeBackpropInput", ["dy", "filter"], ([dy, filter], attributes) => {
  const info = planeInfo(attributes.inputShape as number[], filter!.type.shape, attributes, true);
  return inputGradient(dy!, filter!, info, info.inChannels);
});
kernel("DepthwiseConv2dNativeBackpropFilter", ["x", "dy"], ([x, dy], attributes) => {
  const filterShape = attributes.filterShape as number[];
  const info = planeInfo(x!.type.shape, filterShape, attributes, true);
  return reshape(filterGradient(x!, dy!, info, info.inChannels), filterShape);
});
