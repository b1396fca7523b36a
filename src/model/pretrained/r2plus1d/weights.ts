/** R(2+1)D-18's weights, from a file with torchvision's names: its checkpoint is `r2plus1d_18-91a641e6.pth`. */
import { type State, tf } from "../../../engine/mod.ts";
import { batchNormTensors, foldBatchNorm, type Published, type PublishedTensors } from "../read.ts";
import { r2plus1dConvolutions, WIDTH } from "./layers.ts";

/** Added to the variance in PyTorch's BatchNorm. */
const EPSILON = 1e-5;

/** Classes of Kinetics-400, which the network was trained on. */
const CLASSES = 400;

/** The published file's name. */
export const r2plus1dFile = "r2plus1d_18-91a641e6.pth";

/** The contents of such a file: kernels [O, I, t, h, w], and four vectors for each BatchNorm. */
export function publishedR2plus1d(): Published {
  const shapes: Record<string, number[]> = {};
  for (const { name, norm, size, input, output } of r2plus1dConvolutions()) {
    shapes[`${name}.weight`] = [output, input, ...size];
    for (const part of batchNormTensors) shapes[`${norm}.${part}`] = [output];
  }
  return {
    shapes,
    unread: /^fc\.|\.num_batches_tracked$/,
    unreadShapes: { "fc.weight": [CLASSES, WIDTH] },
    title: "torchvision's r2plus1d_18",
    file: r2plus1dFile,
    digest: { file: "91a641e6" },
  };
}

/**
 * Checked tensors of a file as the state of `r2plus1dTrunk`: the tensors that `r2plus1dParameters` declares, in its order.
 */
export function foldR2plus1d(tensors: PublishedTensors, path: string): State {
  return Object.fromEntries(
    r2plus1dConvolutions().flatMap(({ name, norm, size, input, output }) => {
      const { kernel, bias } = foldBatchNorm(tensors, name, norm, EPSILON, path);
      return [
        [`r2plus1d.${name}.kernel`, tf.tensor(kernel, [...size, input, output])],
        [`r2plus1d.${name}.bias`, tf.tensor(bias)],
      ];
    }),
  );
}
