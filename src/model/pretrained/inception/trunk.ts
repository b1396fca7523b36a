/**
 * Inception v3 without its classifier: the frozen image encoder of DAMSM (Xu et al., 2018, AttnGAN), and the
 * feature network of FID.
 *
 * Inference only. BatchNorm is folded into kernels and biases (see weights.ts), so a layer is a convolution, a bias and
 * a ReLU. Gradients flow to the pictures; compiled on a CPU, a picture takes 10 MB, and 80 MB with its gradient.
 */
import { type State, type Tensor, tf } from "../../../engine/mod.ts";
import { get, type Net, openNet } from "../../net.ts";
import { constant, type Parameter, untrained } from "../../parameters.ts";
import {
  type Convolution,
  inceptionConvolutions,
  inceptionLayers,
  type InceptionVariant,
  type Layer,
  type Pooling,
} from "./layers.ts";

export type { InceptionVariant } from "./layers.ts";

/** Height and width that the network was trained at. */
const SIZE = 299;

/** Features of pictures. */
export interface InceptionFeatures {
  /** The map after Mixed_6e [N, 17, 17, 768]. */
  regions: Tensor;
  /** The average of the map after Mixed_7c [N, 2048]. */
  pooled: Tensor;
}

/**
 * Tensors `inception.NAME.kernel` [h, w, I, O] and `inception.NAME.bias` [O] with torchvision's names of layers;
 * nothing is trainable. The initial values, He's normals, are for tests: they keep the scale of activations.
 */
export function inceptionParameters(): Parameter[] {
  return inceptionConvolutions().flatMap(({ name, kernel: shape }) => {
    const [height, width, input, output] = shape;
    const std = Math.sqrt(2 / (height * width * input));
    return [
      { name: `inception.${name}.kernel`, shape, init: { kind: "normal", mean: 0, std }, trainable: false },
      untrained(constant(`inception.${name}.bias`, [output], 0)),
    ];
  });
}

/**
 * Features of pictures [N, H, W, 3] in [-1, 1], resized to 299×299 (bilinear, half-pixel centres: PyTorch's
 * `align_corners=False`).
 *
 * Pictures are not normalised again. torchvision's `transform_input` would turn ImageNet's mean and deviation into 0.5
 * and 0.5, which [-1, 1] has already; AttnGAN builds the model without it and normalises by 0.5 and 0.5, and FID's
 * network takes 2x − 1 of [0, 1]. AttnGAN pre-trains with batch statistics in BatchNorm and uses running ones
 * afterwards; here they are always running ones.
 *
 * @throws UserError when the state lacks one of {@link inceptionParameters}.
 */
export function inceptionTrunk(
  state: State,
  images: Tensor,
  variant: InceptionVariant = "imagenet",
): InceptionFeatures {
  const net = openNet(state, false);
  const { regions, rest } = inceptionLayers(variant);
  const map = apply(net, regions, resized(images)); // [N, 17, 17, 768]
  return { regions: map, pooled: tf.mean(apply(net, rest, map), [1, 2]) };
}

function resized(images: Tensor): Tensor {
  const [, height, width] = images.shape;
  if (height === SIZE && width === SIZE) return images;
  return tf.image.resizeBilinear(images as tf.Tensor4D, [SIZE, SIZE], false, true);
}

function apply(net: Net, layers: Layer[], x: Tensor): Tensor {
  return layers.reduce((x, layer) => {
    switch (layer.kind) {
      case "convolution":
        return convolution(net, layer, x);
      case "pooling":
        return pooling(layer, x);
      case "branches":
        return tf.concat(layer.branches.map((branch) => branched(net, branch, x)), 3);
    }
  }, x);
}

/**
 * A sequence within branches. An average that a 1×1 convolution follows is taken after it: both are linear, so the
 * values are the same, and it is an average of a quarter of the channels or fewer.
 */
function branched(net: Net, layers: Layer[], x: Tensor): Tensor {
  const [first, second] = layers;
  if (first?.kind !== "pooling" || first.of === "maximum" || second?.kind !== "convolution") {
    return apply(net, layers, x);
  }
  return biased(net, second, pooling(first, linear(net, second, x)));
}

function convolution(net: Net, layer: Convolution, x: Tensor): Tensor {
  return biased(net, layer, linear(net, layer, x));
}

/** The convolution without bias. */
function linear(net: Net, { name, size: [height, width], stride, pad }: Convolution, x: Tensor): Tensor {
  const kernel = get(net, `inception.${name}.kernel`) as tf.Tensor4D;
  if (height * width > 1) return tf.conv2d(x as tf.Tensor4D, kernel, stride, pad);
  // A 1×1 convolution is a matmul over pixels, which engines compute faster.
  const [input, output] = kernel.shape.slice(2) as [number, number];
  return tf.matMul(x.reshape([-1, input]), kernel.reshape([input, output])).reshape([...x.shape.slice(0, 3), output]);
}

/** Adds the bias; ReLU. */
function biased(net: Net, { name }: Convolution, x: Tensor): Tensor {
  return tf.relu(tf.add(x, get(net, `inception.${name}.bias`)));
}

function pooling({ of, stride }: Pooling, x: Tensor): Tensor {
  const map = x as tf.Tensor4D;
  if (of === "maximum") return tf.maxPool(map, 3, stride, stride === 1 ? "same" : "valid");
  if (of === "average") return tf.avgPool(map, 3, stride, "same"); // without the padding
  return tf.avgPool(tf.pad(map, [[0, 0], [1, 1], [1, 1], [0, 0]]), 3, stride, "valid");
}
