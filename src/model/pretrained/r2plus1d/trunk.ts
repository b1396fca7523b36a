/**
 * R(2+1)D-18 without its classifier: the feature network of the Fréchet story distance (FSD).
 *
 * Inference only; BatchNorm is folded into kernels and biases (see weights.ts). A convolution over space is a 2-D
 * one over all frames; one over time is a matmul for each frame, of its neighbours side by side, so that nothing is
 * computed for padding: with five frames, which become three, two and one, that would be up to two thirds.
 */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import { get, type Net, openNet } from "../../net.ts";
import { constant, type Parameter, untrained } from "../../parameters.ts";
import { type Block, blocks, type Convolution, r2plus1dConvolutions, stem } from "./layers.ts";

/**
 * Tensors `r2plus1d.NAME.kernel` [t, h, w, I, O] and `r2plus1d.NAME.bias` [O] with torchvision's names of layers;
 * nothing is trainable. The initial values, He's normals, keep the scale of activations.
 */
export function r2plus1dParameters(): Parameter[] {
  return r2plus1dConvolutions().flatMap(({ name, size, input, output }) => {
    const std = Math.sqrt(2 / (size.reduce((a, b) => a * b, 1) * input));
    const shape = [...size, input, output];
    return [
      { name: `r2plus1d.${name}.kernel`, shape, init: { kind: "normal", mean: 0, std }, trainable: false },
      untrained(constant(`r2plus1d.${name}.bias`, [output], 0)),
    ];
  });
}

/**
 * Vectors [N, 512] of clips [N, T, H, W, 3] of any length and size, used as they are.
 *
 * @throws UserError when the state lacks one of {@link r2plus1dParameters}.
 */
export function r2plus1dTrunk(state: State, clips: Tensor): Tensor {
  const net = openNet(state, false);
  const start = stem.reduce((x, layer) => tf.relu(convolution(net, layer, x)), clips); // [N, T, H/2, W/2, 64]
  const last = blocks.reduce((x, block) => residual(net, block, x), start); // [N, T/8, H/16, W/16, 512]
  return tf.mean(last, [1, 2, 3]);
}

function residual(net: Net, { convolutions, shortcut }: Block, x: Tensor): Tensor {
  const beside = shortcut ? convolution(net, shortcut, x) : x;
  const y = convolutions.reduce((y, layer, i) => {
    const z = convolution(net, layer, y);
    return i < convolutions.length - 1 ? tf.relu(z) : z;
  }, x);
  return tf.relu(tf.add(y, beside));
}

/** A convolution [N, T, H, W, I] → [N, T', H', W', O] with a border of half a window, and its bias. */
function convolution(net: Net, layer: Convolution, x: Tensor): Tensor {
  const kernel = get(net, `r2plus1d.${layer.name}.kernel`); // [t, h, w, I, O]
  const y = layer.size[1] > 1 ? overSpace(layer, kernel, x) : overTime(layer, kernel, everySecond(layer, x));
  return tf.add(y, get(net, `r2plus1d.${layer.name}.bias`));
}

function overSpace({ size: [, side], stride: [, step] }: Convolution, kernel: Tensor, x: Tensor): Tensor {
  const [n, frames, height, width, input] = x.shape as [number, number, number, number, number];
  const filter = kernel.reshape([side, side, input, -1]) as tf.Tensor4D;
  const pictures = x.reshape([n * frames, height, width, input]) as tf.Tensor4D;
  const border = (side - 1) / 2;
  // With a step of two, `same` would put the border on the far side only.
  const y = step === 1
    ? tf.conv2d(pictures, filter, 1, "same")
    : tf.conv2d(tf.pad(pictures, [[0, 0], [border, border], [border, border], [0, 0]]), filter, step, "valid");
  return y.reshape([n, frames, ...y.shape.slice(1)]);
}

/** Each frame of the output by a matmul of the frames in its window, without padding, and their taps. */
function overTime({ size: [taps], stride: [step] }: Convolution, kernel: Tensor, x: Tensor): Tensor {
  const [n, frames, height, width, input] = x.shape as [number, number, number, number, number];
  const outputs = kernel.shape[4]!;
  const border = (taps - 1) / 2;
  const filter = kernel.reshape([taps * input, outputs]) as tf.Tensor2D; // taps one below the other
  const inputs = tf.split(x, frames, 1).map((frame) => frame.reshape([n * height * width, input]));
  const made = Array.from({ length: Math.ceil(frames / step) }, (_, t) => {
    const first = Math.max(0, t * step - border);
    const end = Math.min(frames, t * step + border + 1);
    const tap = first - (t * step - border);
    const window = inputs.slice(first, end);
    const side = window.length === 1 ? window[0]! : tf.concat(window, 1); // [N·H·W, window·I]
    const used = tf.slice(filter, [tap * input, 0], [window.length * input, outputs]);
    return tf.matMul(side as tf.Tensor2D, used).reshape([n, 1, height, width, outputs]);
  });
  return made.length === 1 ? made[0]! : tf.concat(made, 1);
}

/** The input pixels of a 1×1×1 convolution with a step over space. */
function everySecond({ stride: [, step] }: Convolution, x: Tensor): Tensor {
  if (step === 1) return x;
  const [n, frames, height, width, channels] = x.shape as [number, number, number, number, number];
  const pictures = x.reshape([n * frames, height, width, channels]) as tf.Tensor4D;
  const y = tf.stridedSlice(pictures, [0, 0, 0, 0], pictures.shape, [1, step, step, 1]);
  return y.reshape([n, frames, ...y.shape.slice(1)]);
}
