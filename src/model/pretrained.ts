/**
 * Networks that others trained: their tensors, read from a safetensors file with torchvision's names and layouts, become
 * ours.
 *
 * A file is checked name by name and shape by shape before anything is made of it. BatchNorm of a network that is used
 * for inference only is a scale and an offset for each channel, and goes into the convolution before it.
 */
import { fail } from "../base/errors.ts";
import { reason } from "../base/files.ts";
import { decodeSafetensors, type StoredTensor } from "../base/safetensors.ts";

/** Tensors of a file by name. */
export type PublishedTensors = Record<string, StoredTensor>;

/** What a file of weights must hold. */
export interface Published {
  /** Shape of each tensor that is needed, in the network's order. */
  shapes: Record<string, number[]>;
  /** Names that may be there as well and are not read. */
  unread: RegExp;
  /** Shapes of some of those, by which networks are told apart that have all the rest in common. */
  unreadShapes: Record<string, number[]>;
  /** What the network is called, e.g. `torchvision's inception_v3`. */
  title: string;
  /** How to make such a file: one line. */
  recipe: string;
}

/** The Python line that turns a PyTorch checkpoint of named tensors into safetensors. */
export function convertingLine(checkpoint: string, file: string): string {
  return `python -c "import torch, safetensors.torch as s; s.save_file({k: v.contiguous() for k, v in ` +
    `torch.load('${checkpoint}', weights_only=True).items()}, '${file}')"`;
}

/**
 * Reads a file of weights.
 *
 * @throws UserError when it is missing or damaged, or does not fit; it names the first tensor that is missing, surplus or
 *   of another shape, and tells how to make the file.
 */
export function readPublished(path: string, published: Published): PublishedTensors {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    fail(`Cannot read the weights "${path}": ${reason(error)}. ${making(published)}`, error);
  }
  const { tensors } = decodeSafetensors(bytes, path);
  checkPublished(tensors, published, path);
  return tensors;
}

/** @throws UserError as {@link readPublished} does. */
export function checkPublished(tensors: PublishedTensors, published: Published, path: string): void {
  const { unread, title } = published;
  const told = Object.entries(published.unreadShapes).filter(([name]) => name in tensors);
  const shapes = { ...published.shapes, ...Object.fromEntries(told) };
  const surplus = Object.keys(tensors).filter((name) => !(name in shapes) && !unread.test(name)).sort();
  for (const name of [...Object.keys(shapes), ...surplus]) {
    const [found, wanted] = [tensors[name], shapes[name]];
    const trouble = !found
      ? `lack the tensor "${name}" [${wanted}]`
      : !wanted
      ? `hold "${name}" [${found.shape}], which that network does not have`
      : found.shape.join() !== wanted.join()
      ? `hold "${name}" with shape [${found.shape}], where [${wanted}] is expected`
      : found.dtype !== "F32"
      ? `hold "${name}" as ${found.dtype}, where F32 is expected`
      : undefined;
    if (trouble) fail(`The weights "${path}" are not ${title}: they ${trouble}. ${making(published)}`);
  }
}

const making = ({ recipe }: Published) => `Make the file by: ${recipe}`;

/** The statistics and the learnt scale and offset of a BatchNorm layer, at PyTorch's names. */
export const batchNormTensors = ["weight", "bias", "running_mean", "running_var"] as const;

/**
 * A convolution without bias and the BatchNorm behind it as one: kernel and bias.
 *
 * @param convolution name of the kernel's layer; its `weight` is [O, I, …window]
 * @param batchNorm name of the BatchNorm's layer
 * @returns kernel [...window, I, O] and bias [O]
 * @throws UserError when what follows is not finite: the file is damaged.
 */
export function foldBatchNorm(
  tensors: PublishedTensors,
  convolution: string,
  batchNorm: string,
  epsilon: number,
  path: string,
): { kernel: Float32Array; bias: Float32Array } {
  const numbers = (name: string) => tensors[name]!.data as Float32Array;
  const weights = numbers(`${convolution}.weight`);
  const [outputs, inputs, ...window] = tensors[`${convolution}.weight`]!.shape as [number, number, ...number[]];
  const [scale, offset, mean, variance] = batchNormTensors.map((part) => numbers(`${batchNorm}.${part}`));
  const places = window.reduce((a, b) => a * b, 1);
  const kernel = new Float32Array(weights.length);
  const bias = new Float32Array(outputs);
  let sum = 0; // finite only if every term is
  for (let o = 0; o < outputs; o++) {
    const gain = scale![o]! / Math.sqrt(variance![o]! + epsilon);
    bias[o] = offset![o]! - mean![o]! * gain;
    sum += bias[o]!;
    for (let i = 0, from = o * inputs * places; i < inputs; i++) {
      for (let place = 0; place < places; place++, from++) {
        sum += kernel[(place * inputs + i) * outputs + o] = weights[from]! * gain;
      }
    }
  }
  if (!Number.isFinite(sum)) {
    fail(
      `The weights "${path}" hold numbers in "${convolution}" or "${batchNorm}" that are not finite; it is damaged.`,
    );
  }
  return { kernel, bias };
}
