/**
 * The kernels that tfjs-wasm lacks and training needs: the filter gradient of a convolution, and the sum by segment that
 * is the gradient of a look-up. Both are composed of kernels it has.
 */
import { type Tensor, tf } from "../tf.ts";

/** A kernel of the wasm backend written with tfjs ops; what the ops leave behind is freed. */
function composed(
  kernelName: string,
  compose: (inputs: Record<string, Tensor>, attributes: Record<string, unknown>) => Tensor,
): void {
  tf.registerKernel({
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compose(inputs as unknown as Record<string, Tensor>, (attrs ?? {}) as Record<string, unknown>)),
  });
}

/**
 * A filter's gradient is a convolution too: of the input with the output's gradient, where the batch is summed over
 * like channels and the gradient's elements stand as far apart as the stride.
 */
composed("Conv2DBackpropFilter", ({ x, dy }, { strides, pad, dimRoundingMode, filterShape }) => {
  const info = tf.backend_util.computeConv2DInfo(
    x!.shape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides as number | [number, number],
    1,
    pad as "same" | "valid" | number,
    dimRoundingMode as "floor" | "round" | "ceil" | undefined,
  );
  const { top, left } = info.padInfo;
  // What the window reads past the input is zero; rows that no window reaches are cut off.
  const far = (size: number, out: number, window: number, stride: number, near: number) =>
    (out - 1) * stride + window - size - near;
  const bottom = far(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, top);
  const right = far(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, left);
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
});

/** Rows are summed by a product with a matrix that has a one where a row belongs to a segment. */
composed("UnsortedSegmentSum", ({ x, segmentIds }, { numSegments }) => {
  const segments = numSegments as number;
  const rest = x!.shape.slice(1);
  const rows = tf.reshape(tf.cast(x!, "float32"), [x!.shape[0]!, tf.util.sizeFromShape(rest)]);
  const numbers = tf.reshape(tf.range(0, segments, 1, "int32"), [segments, 1]);
  const member = tf.cast(tf.equal(numbers, tf.reshape(segmentIds!, [1, -1])), "float32"); // [segments, rows]
  return tf.reshape(tf.matMul(member, rows), [segments, ...rest]);
});
