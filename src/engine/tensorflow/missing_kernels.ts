/**
 * What tfjs-node lacks and the models use: log-softmax, and convolutions padded by numbers, of which it knows only those
 * that TensorFlow's own "same" and "valid" describe. Both are composed of kernels it has.
 */
import type { KernelFunc } from "@tensorflow/tfjs";
import { type Tensor, tf } from "../tf.ts";

type Shape4 = [number, number, number, number];
type Inputs = Record<string, Tensor>;
type Attributes = Record<string, unknown>;

/** Puts a kernel of the tensorflow backend in place; what `compose` leaves behind is freed. */
function register(kernelName: string, compose: (inputs: Inputs, attributes: Attributes, backend: object) => Tensor) {
  if (tf.getKernel(kernelName, "tensorflow")) tf.unregisterKernel(kernelName, "tensorflow");
  tf.registerKernel({
    kernelName,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() => compose(inputs as unknown as Inputs, (attrs ?? {}) as Attributes, backend)),
  });
}

/** How far a convolution reads beyond an input [B, H, W, C]; undefined where TensorFlow knows the padding by name. */
function padding(x: Shape4, filter: Shape4, attributes: Attributes): [number, number][] | undefined {
  const { strides, dilations, pad, dataFormat, dimRoundingMode } = attributes;
  if (typeof pad === "string" || dataFormat === "NCHW") return undefined;
  const info = tf.backend_util.computeConv2DInfo(
    x,
    filter,
    strides as number,
    (dilations ?? 1) as number,
    pad as number,
    dimRoundingMode as "floor" | "round" | "ceil" | undefined,
  );
  // The window's last place decides what is read; rows that no window reaches need no padding.
  const beyond = (size: number, out: number, window: number, stride: number, near: number): [number, number] => [
    near,
    Math.max(0, (out - 1) * stride + window - size - near),
  ];
  const { top, left } = info.padInfo;
  return [
    [0, 0],
    beyond(info.inHeight, info.outHeight, info.effectiveFilterHeight, info.strideHeight, top),
    beyond(info.inWidth, info.outWidth, info.effectiveFilterWidth, info.strideWidth, left),
    [0, 0],
  ];
}

/** The package's own kernel, called with padding "valid". */
function unpadded(kernelName: string) {
  const kernel = tf.getKernel(kernelName, "tensorflow").kernelFunc as KernelFunc;
  return (inputs: Inputs, attrs: Attributes, backend: object, pad: unknown = "valid") => {
    const own = pad === "valid" ? { ...attrs, pad, dimRoundingMode: undefined } : attrs;
    // What tfjs-node's kernels return is a tensor already.
    return kernel({ inputs: inputs as never, attrs: own as never, backend }) as Tensor;
  };
}

const widened = (shape: Shape4, pads: [number, number][]) =>
  shape.map((size, i) => size + pads[i]![0] + pads[i]![1]) as Shape4;

/** Puts the composed kernels beside those of the package, which must be registered before. */
export function registerMissingKernels(): void {
  const convolve = unpadded("Conv2D");
  register("Conv2D", (inputs, attributes, backend) => {
    const { x, filter } = inputs as { x: Tensor; filter: Tensor };
    const pads = padding(x.shape as Shape4, filter.shape as Shape4, attributes);
    if (!pads) return convolve(inputs, attributes, backend, attributes.pad);
    return convolve({ x: tf.pad(x, pads), filter }, attributes, backend);
  });

  const inputGradient = unpadded("Conv2DBackpropInput");
  register("Conv2DBackpropInput", (inputs, attributes, backend) => {
    const shape = attributes.inputShape as Shape4;
    const pads = padding(shape, inputs.filter!.shape as Shape4, attributes);
    if (!pads) return inputGradient(inputs, attributes, backend, attributes.pad);
    const whole = inputGradient(inputs, { ...attributes, inputShape: widened(shape, pads) }, backend);
    return tf.slice(whole, pads.map(([near]) => near), shape); // the padding's own gradient is cut off
  });

  const filterGradient = unpadded("Conv2DBackpropFilter");
  register("Conv2DBackpropFilter", (inputs, attributes, backend) => {
    const { x, dy } = inputs as { x: Tensor; dy: Tensor };
    const pads = padding(x.shape as Shape4, attributes.filterShape as Shape4, attributes);
    if (!pads) return filterGradient(inputs, attributes, backend, attributes.pad);
    return filterGradient({ x: tf.pad(x, pads), dy }, attributes, backend);
  });

  register("LogSoftmax", ({ logits }) => {
    const shifted = tf.sub(logits!, tf.max(logits!, -1, true)); // so that no exponential overflows
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
  });
}
