/**
 * The kernels that tfjs-wasm lacks and training needs: the gradients of convolutions, and the sum by segment that is the
 * gradient of a look-up. And one that it has wrong, as `cpu` has: the gradient of an average over a padded window.
 */
import { type Tensor, tf } from "../tf.ts";
import { coverage, kernelGradientPadding, type Padding, poolingAxes, windowAxes } from "../window.ts";
import { type Attributes, composed, type Inputs } from "./register.ts";
import "@tensorflow/tfjs-backend-wasm"; // registers its kernels, before these take the place of some

type Plane = [number, number, number, number];

/**
 * A filter's gradient is a convolution too: of the input with the output's gradient, where the batch is summed over
 * like channels and the gradient's elements stand as far apart as the stride.
 */
function filterGradient({ x, dy }: Inputs, { strides, pad, dimRoundingMode, filterShape }: Attributes): Tensor {
  const info = tf.backend_util.computeConv2DInfo(
    x!.shape as Plane,
    filterShape as Plane,
    strides as number | [number, number],
    1,
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | "round" | "ceil" | undefined,
  );
  // What the window reads past the input is zero; rows that no window reaches are cut off.
  const [[top, bottom], [left, right]] = windowAxes(info).map(kernelGradientPadding) as [Padding, Padding];
  const cut = tf.slice(x as tf.Tensor4D, [0, 0, 0, 0], [
    -1,
    info.inHeight + Math.min(0, bottom),
    info.inWidth + Math.min(0, right),
    -1,
  ]);
  const whole = tf.pad(cut, [[0, 0], [top, Math.max(0, bottom)], [left, Math.max(0, right)], [0, 0]]);
  const images = tf.transpose(whole, [3, 1, 2, 0]); // [in, H, W, B]
  const windows = tf.transpose(dy!, [1, 2, 0, 3]); // [H', W', B, out]
  const gradient = tf.conv2d(images as tf.Tensor4D, windows as tf.Tensor4D, 1, "valid", "NHWC", [
    info.strideHeight,
    info.strideWidth,
  ]); // [in, h, w, out]
  return tf.transpose(gradient, [1, 2, 0, 3]);
}
composed("Conv2DBackpropFilter", ["wasm"], filterGradient);

/** [1, 1, C, C, 1]: which input channel an output channel of a depthwise convolution comes from. */
const own = (channels: number) => tf.reshape(tf.eye(channels), [1, 1, channels, channels, 1]);

// A depthwise convolution is a whole one whose filter is zero wherever a channel would meet another.
composed("DepthwiseConv2dNativeBackpropInput", ["wasm"], ({ dy, filter }, attributes) => {
  const [h, w, channels, multiplier] = filter!.shape as Plane;
  const spread = tf.mul(tf.reshape(filter!, [h, w, channels, 1, multiplier]), own(channels));
  const whole = tf.reshape(spread, [h, w, channels, channels * multiplier]);
  return tf.engine().runKernel("Conv2DBackpropInput", { dy: dy!, filter: whole }, attributes as tf.NamedAttrMap);
});
composed("DepthwiseConv2dNativeBackpropFilter", ["wasm"], ({ x, dy }, attributes) => {
  const [h, w, channels, multiplier] = attributes.filterShape as Plane;
  const filterShape = [h, w, channels, channels * multiplier];
  const whole = filterGradient({ x: x!, dy: dy! }, { ...attributes, filterShape });
  return tf.sum(tf.mul(tf.reshape(whole, [h, w, channels, channels, multiplier]), own(channels)), 3);
});

/** Rows are summed by a product with a matrix that has a one where a row belongs to a segment. */
composed("UnsortedSegmentSum", ["wasm"], ({ x, segmentIds }, { numSegments }) => {
  const segments = numSegments as number;
  const rest = x!.shape.slice(1);
  const rows = tf.reshape(tf.cast(x!, "float32"), [x!.shape[0]!, tf.util.sizeFromShape(rest)]);
  const numbers = tf.reshape(tf.range(0, segments, 1, "int32"), [segments, 1]);
  const member = tf.cast(tf.equal(numbers, tf.reshape(segmentIds!, [1, -1])), "float32"); // [segments, rows]
  return tf.reshape(tf.matMul(member, rows), [segments, ...rest]);
});

/**
 * Each element of the input gets a share of every window that covers it: the input gradient of a convolution with ones,
 * channels apart. tfjs's own shares go by the window's size even where part of it lay outside and was not averaged.
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
