/**
 * Kernels that training needs and that tfjs-wasm lacks or computes wrongly: the gradients of convolutions, and the
 * segment sum, which is the gradient of a look-up. Also the gradient of padded average pooling, which is wrong on `cpu`
 * too.
 */
import { type Tensor, tf } from "../tf.ts";
import {
  coverage,
  inputGradientPadding,
  kernelGradientPadding,
  type Padding,
  planeInfo,
  poolingAxes,
  volumeInfo,
  windowAxes,
  type WindowAxis,
} from "../window.ts";
import { spread } from "./layout.ts";
import { type Attributes, composed, type Inputs } from "./register.ts";

/** Pads the axes between batch and channels; negative amounts crop. */
function padded(x: Tensor, amounts: Padding[]): Tensor {
  const all: Padding[] = [[0, 0], ...amounts, [0, 0]];
  const begin = all.map(([near]) => Math.max(0, -near));
  const size = all.map(([near, far], i) => x.shape[i]! + Math.min(0, near) + Math.min(0, far));
  const around = all.map(([near, far]) => [Math.max(0, near), Math.max(0, far)] as Padding);
  return tf.pad(tf.slice(x, begin, size), around);
}

/** A dilated 2-D or 3-D convolution without padding. */
function convolve(x: Tensor, filter: Tensor, dilations: number[]): Tensor {
  return dilations.length === 2
    ? tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "valid", "NHWC", dilations as [number, number])
    : tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, 1, "valid", "NDHWC", dilations as [number, number, number]);
}

/** Indices of the axes between the first and the last. */
const between = (axes: WindowAxis[]) => axes.map((_, i) => i + 1);

/**
 * The gradient of a filter: the convolution of the input with the output's gradient, dilated by the stride, where the
 * batch is the summed channel.
 */
function filterGradient(x: Tensor, dy: Tensor, axes: WindowAxis[]): Tensor {
  const last = axes.length + 1;
  const images = tf.transpose(padded(x, axes.map(kernelGradientPadding)), [last, ...between(axes), 0]); // [in, H, W, B]
  const windows = tf.transpose(dy, [...between(axes), 0, last]); // [H', W', B, out]
  const gradient = convolve(images, windows, axes.map(({ stride }) => stride)); // [in, h, w, out]
  return tf.transpose(gradient, [...between(axes), 0, last]);
}

/** The gradient of an input: the output's gradient, dilated by the stride, convolved with the reversed filter. */
function inputGradient(dy: Tensor, filter: Tensor, axes: WindowAxis[]): Tensor {
  const apart = spread(dy, [1, ...axes.map(({ stride }) => stride), 1]);
  const window = axes.map((_, i) => i);
  const turned = tf.transpose(tf.reverse(filter, window), [...window, axes.length + 1, axes.length]); // [h, w, out, in]
  return convolve(padded(apart, axes.map(inputGradientPadding)), turned, axes.map(() => 1));
}

composed("Conv2DBackpropFilter", ["wasm"], ({ x, dy }, attributes) => {
  return filterGradient(x!, dy!, windowAxes(planeInfo(x!.shape, attributes.filterShape as number[], attributes)));
});
// Those of tfjs-wasm are wrong: the first always, the second where the stride is not 1.
composed("Conv3DBackpropInputV2", ["wasm"], ({ dy, filter }, attributes) => {
  return inputGradient(
    dy!,
    filter!,
    windowAxes(volumeInfo(attributes.inputShape as number[], filter!.shape, attributes)),
  );
});
composed("Conv3DBackpropFilterV2", ["wasm"], ({ x, dy }, attributes) => {
  return filterGradient(x!, dy!, windowAxes(volumeInfo(x!.shape, attributes.filterShape as number[], attributes)));
});

/** [1, 1, C, C, 1]: 1 where an output channel of a depthwise convolution belongs to an input channel. */
const own = (channels: number) => tf.reshape(tf.eye(channels), [1, 1, channels, channels, 1]);

// A depthwise convolution is a full convolution whose filter is zero between different channels.
composed("DepthwiseConv2dNativeBackpropInput", ["wasm"], ({ dy, filter }, attributes) => {
  const [h, w, channels, multiplier] = filter!.shape as [number, number, number, number];
  const spread = tf.mul(tf.reshape(filter!, [h, w, channels, 1, multiplier]), own(channels));
  const whole = tf.reshape(spread, [h, w, channels, channels * multiplier]);
  return tf.engine().runKernel("Conv2DBackpropInput", { dy: dy!, filter: whole }, attributes as tf.NamedAttrMap);
});
composed("DepthwiseConv2dNativeBackpropFilter", ["wasm"], ({ x, dy }, attributes) => {
  const [h, w, channels, multiplier] = attributes.filterShape as [number, number, number, number];
  const axes = windowAxes(planeInfo(x!.shape, [h, w, channels, channels * multiplier], attributes));
  const whole = filterGradient(x!, dy!, axes);
  return tf.sum(tf.mul(tf.reshape(whole, [h, w, channels, channels, multiplier]), own(channels)), 3);
});

/** The sum is a product with a matrix that is 1 where a row belongs to a segment. */
composed("UnsortedSegmentSum", ["wasm"], ({ x, segmentIds }, { numSegments }) => {
  const segments = numSegments as number;
  const rest = x!.shape.slice(1);
  const rows = tf.reshape(tf.cast(x!, "float32"), [x!.shape[0]!, tf.util.sizeFromShape(rest)]);
  const numbers = tf.reshape(tf.range(0, segments, 1, "int32"), [segments, 1]);
  const member = tf.cast(tf.equal(numbers, tf.reshape(segmentIds!, [1, -1])), "float32"); // [segments, rows]
  return tf.reshape(tf.matMul(member, rows), [segments, ...rest]);
});

/**
 * The gradient of average pooling: the input gradient of a convolution with ones, for each channel separately. tfjs
 * divides by the size of the window even where a part of the window is padding, which is not averaged.
 */
function averageGradient(convolution: string) {
  return ({ dy, input }: Inputs, attributes: Attributes): Tensor => {
    const axes = poolingAxes(input!.shape, attributes);
    const counts = tf.tensor(coverage(axes), [1, ...axes.map(({ out }) => out), 1]);
    const toBatch = [0, axes.length + 1, ...axes.map((_, i) => i + 1)]; // [B, C, H, W]
    const [batch, channels] = [input!.shape[0]!, input!.shape.at(-1)!];
    const plane = axes.map(({ size }) => size);
    const shares = tf.transpose(tf.div(dy!, counts), toBatch);
    const apart = tf.reshape(shares, [batch * channels, ...axes.map(({ out }) => out), 1]);
    const result = tf.engine().runKernel(convolution, {
      dy: apart,
      filter: tf.ones([...axes.map(({ taps }) => taps), 1, 1]),
    }, {
      strides: attributes.strides,
      pad: attributes.pad,
      dimRoundingMode: attributes.dimRoundingMode,
      dataFormat: axes.length === 2 ? "NHWC" : "NDHWC",
      inputShape: [batch * channels, ...plane, 1],
    } as unknown as tf.NamedAttrMap) as Tensor;
    const back = [0, ...axes.map((_, i) => i + 2), 1];
    return tf.transpose(tf.reshape(result, [batch, channels, ...plane]), back);
  };
}
composed("AvgPoolGrad", ["cpu", "wasm"], averageGradient("Conv2DBackpropInput"));
composed("AvgPool3DGrad", ["cpu", "wasm"], averageGradient("Conv3DBackpropInputV2"));
