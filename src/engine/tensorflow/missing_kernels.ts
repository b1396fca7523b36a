/**
 * Kernels that tfjs-node lacks and the models use: log-softmax, and convolutions with a padding given as a number,
 * where tfjs-node supports only TensorFlow's "same" and "valid". Both are composed of existing kernels.
 */
import type { KernelFunc } from "@tensorflow/tfjs";
import { type Tensor, tf } from "../tf.ts";

type Shape4 = [number, number, number, number];
type Inputs = Record<string, Tensor>;
type Attributes = Record<string, unknown>;

/** Registers or replaces a kernel of the tensorflow backend; intermediate tensors of `compose` are freed. */
function register(kernelName: string, compose: (inputs: Inputs, attributes: Attributes, backend: object) => Tensor) {
  if (tf.getKernel(kernelName, "tensorflow")) tf.unregisterKernel(kernelName, "tensorflow");
  tf.registerKernel({
    kernelName,
    backendName: "tensorflow",
    kernelFunc: ({ inputs, attrs, backend }) =>
      tf.tidy(() => compose(inputs as unknown as Inputs, (attrs ?? {}) as Attributes, backend)),
  });
}

/** Padding of an input [B, H, W, C] on every axis; undefined where TensorFlow supports the padding by name. */
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
  // The padding reaches to the end of the last window; rows that no window covers need none.
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

/** The kernel of the package, called with padding "valid" by default. */
function unpadded(kernelName: string) {
  const kernel = tf.getKernel(kernelName, "tensorflow").kernelFunc as KernelFunc;
  return (inputs: Inputs, attrs: Attributes, backend: object, pad: unknown = "valid") => {
    const own = pad === "valid" ? { ...attrs, pad, dimRoundingMode: undefined } : attrs;
    // Kernels of tfjs-node return tensors.
    return kernel({ inputs: inputs as never, attrs: own as never, backend }) as Tensor;
  };
}

const widened = (shape: Shape4, pads: [number, number][]) =>
  shape.map((size, i) => size + pads[i]![0] + pads[i]![1]) as Shape4;

/** Registers the composed kernels. The kernels of the package must be registered before. */
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
    return tf.slice(whole, pads.map(([near]) => near), shape); // without the gradient of the padding
  });

  const filterGradient = unpadded("Conv2DBackpropFilter");
  register("Conv2DBackpropFilter", (inputs, attributes, backend) => {
    const { x, dy } = inputs as { x: Tensor; dy: Tensor };
    const pads = padding(x.shape as Shape4, attributes.filterShape as Shape4, attributes);
    if (!pads) return filterGradient(inputs, attributes, backend, attributes.pad);
    return filterGradient({ x: tf.pad(x, pads), dy }, attributes, backend);
  });

  register("LogSoftmax", ({ logits }) => {
    const shifted = tf.sub(logits!, tf.max(logits!, -1, true)); // prevents overflow of the exponential
    return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
  });
}
