/**
 * Arithmetic of sliding windows, shared by convolutions, poolings and their gradients.
 *
 * The gradients of a convolution are convolutions as well; their paddings are computed here from the forward padding.
 */
import { fail } from "../base/errors.ts";
import { tf } from "./tf.ts";

/** One axis of a convolution or pooling. */
export interface WindowAxis {
  /** Input and output size. */
  size: number;
  out: number;
  /** Elements of the window, and the distance between them. */
  taps: number;
  dilation: number;
  /** From the window's first element to its last: (taps − 1)·dilation + 1. */
  extent: number;
  stride: number;
  /** Padding before and after the input; negative values crop. */
  near: number;
  far: number;
}

/** Padding before and after the input. */
export type Padding = [number, number];

/** Result of tfjs's computeConv2DInfo (height, width) or computeConv3DInfo (depth, height, width). */
export type WindowInfo =
  | ReturnType<typeof tf.backend_util.computeConv2DInfo>
  | ReturnType<typeof tf.backend_util.computeConv3DInfo>;

/** The axes of a 2-D window, [height, width], or of a 3-D one, [depth, height, width]. */
export function windowAxes(info: WindowInfo): WindowAxis[] {
  const { padInfo: pad } = info;
  const plane = [
    axis(
      info.inHeight,
      info.outHeight,
      [info.filterHeight, info.dilationHeight, info.strideHeight],
      pad.top,
      pad.bottom,
    ),
    axis(info.inWidth, info.outWidth, [info.filterWidth, info.dilationWidth, info.strideWidth], pad.left, pad.right),
  ];
  if (!("inDepth" in info)) return plane;
  const { front, back } = info.padInfo;
  const window: Window = [info.filterDepth, info.dilationDepth, info.strideDepth];
  return [axis(info.inDepth, info.outDepth, window, front, back), ...plane];
}

type Window = [taps: number, dilation: number, stride: number];

function axis(size: number, out: number, [taps, dilation, stride]: Window, near: number, far: number): WindowAxis {
  const extent = (taps - 1) * dilation + 1;
  return { size, out, taps, dilation, extent, stride, near, far: farPadding(size, out, extent, stride, near, far) };
}

/**
 * Padding at the far end that gives the output size computed by tfjs. It differs from the padding that tfjs reports
 * where sizes are rounded up, and where the padding is a number and the window is not square (tfjs then uses the height
 * alone).
 */
function farPadding(size: number, out: number, extent: number, stride: number, near: number, far: number): number {
  const natural = Math.floor((size + near + far - extent) / stride) + 1;
  return natural === out ? far : (out - 1) * stride + extent - size - near;
}

/** How many elements of the input each window covers, row by row: [out₁·out₂·…]. */
export function coverage(axes: WindowAxis[]): Float32Array<ArrayBuffer> {
  const along = ({ size, out, taps, stride, near }: WindowAxis) =>
    Array.from({ length: out }, (_, i) => {
      const first = i * stride - near;
      return Math.min(size, first + taps) - Math.max(0, first);
    });
  const counts = axes.map(along).reduce((outer, inner) => outer.flatMap((a) => inner.map((b) => a * b)), [1]);
  return Float32Array.from(counts);
}

/** Padding of the input. */
export const forwardPadding = ({ near, far }: WindowAxis): Padding => [near, far];

/**
 * Padding of the output's gradient, dilated by the stride, when it is convolved with the reversed kernel to give the
 * input's gradient. Inputs beyond the last window are covered by padding at the far end.
 */
export function inputGradientPadding({ size, out, extent, stride, near }: WindowAxis): Padding {
  const low = extent - 1 - near;
  return [low, size + extent - 1 - low - ((out - 1) * stride + 1)];
}

/**
 * Padding of the input when it is convolved with the output's gradient, dilated by the stride, to give the kernel's
 * gradient. A negative padding omits inputs that no window covers.
 */
export function kernelGradientPadding({ size, out, extent, stride, near }: WindowAxis): Padding {
  return [near, extent + (out - 1) * stride - near - size];
}

type Attributes = Record<string, unknown>;
type Two = number | [number, number];
type Three = number | [number, number, number];
type Plane = [number, number, number, number];
type Volume = [number, number, number, number, number];
type Pad = "same" | "valid" | number;
type Rounding = "floor" | "round" | "ceil" | undefined;

/** Sizes of a 2-D convolution as computed by tfjs; data [B, H, W, C], filter [h, w, I, O]. */
export function planeInfo(inputShape: number[], filterShape: number[], a: Attributes, depthwise = false) {
  if (a.dataFormat === "NCHW") fail("The engine's convolutions take NHWC data, not NCHW; transpose the input first.");
  return tf.backend_util.computeConv2DInfo(
    inputShape as Plane,
    filterShape as Plane,
    a.strides as Two,
    (a.dilations as Two | undefined) ?? 1,
    a.pad as Pad,
    a.dimRoundingMode as Rounding,
    depthwise,
  );
}

/** Sizes of a 3-D convolution; data [B, D, H, W, C], filter [d, h, w, I, O]. */
export function volumeInfo(inputShape: number[], filterShape: number[], a: Attributes) {
  return tf.backend_util.computeConv3DInfo(
    inputShape as Volume,
    filterShape as Volume,
    a.strides as Three,
    (a.dilations as Three | undefined) ?? 1,
    a.pad as "same" | "valid",
  );
}

/** The axes of a pooling window over [B, H, W, C] or [B, D, H, W, C]. */
export function poolingAxes(shape: number[], a: Attributes): WindowAxis[] {
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  const [pad, rounding] = [a.pad as Pad, a.dimRoundingMode as Rounding];
  return windowAxes(
    shape.length === 4
      ? computePool2DInfo(shape as Plane, a.filterSize as Two, a.strides as Two, 1, pad, rounding)
      : computePool3DInfo(shape as Volume, a.filterSize as Three, a.strides as Three, 1, pad, rounding),
  );
}
