/**
 * Reads networks that others trained, from a PyTorch checkpoint or a safetensors file with torchvision's names and
 * layouts.
 *
 * A file is checked name by name and shape by shape before its tensors are used. BatchNorm of a network that is used
 * for inference only is a scale and an offset for each channel, and is folded into the convolution before it.
 */
import { fail } from "../../base/errors.ts";
import { digestJson, reason, sha256 } from "../../base/files.ts";
import { isTorchFile, readTorchFile } from "../../formats/python/torch.ts";
import { asFloat32, decodeSafetensors, type StoredTensor } from "../../formats/safetensors.ts";

/** Tensors of a file by name. */
export type PublishedTensors = Record<string, StoredTensor>;

/** The contents that a file of weights must have. */
export interface Published {
  /** Shape of each tensor that is needed, in the network's order. */
  shapes: Record<string, number[]>;
  /** Names of further tensors that are allowed and not read. */
  unread: RegExp;
  /** Shapes of some of those, which distinguish networks that agree in all other tensors. */
  unreadShapes: Record<string, number[]>;
  /** Title of the network, e.g. `torchvision's inception_v3`. */
  title: string;
  /** Name of the published file, as `deno task fetch weights` downloads it. */
  file: string;
  /**
   * What identifies the weights: the first digits of the SHA-256 of the published file, or {@link digestTensors} of
   * tensors that are converted. With neither, no file counts as the published one.
   */
  digest: { file?: string; tensors?: string };
}

/**
 * Reads a file of weights.
 *
 * @throws UserError when it is missing or damaged, or does not fit; it names the first tensor that is missing, surplus
 *   or of another shape, and the expected file.
 */
export async function readPublished(path: string, published: Published): Promise<PublishedTensors> {
  return (await readWeights(path, published)).tensors;
}

/** Weights of a file, and what they are. */
export interface IdentifiedWeights {
  tensors: PublishedTensors;
  /** SHA-256 of the file. */
  file: string;
  /**
   * Whether these are the published weights: by the digest of the published file or, for a converted one, of its
   * tensors.
   */
  isPublished: boolean;
}

/**
 * Reads a file of weights, and tells whether it is the published one.
 *
 * @throws UserError as {@link readPublished} does.
 */
export async function readWeights(path: string, published: Published): Promise<IdentifiedWeights> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    fail(`Cannot read the weights "${path}": ${reason(error)}. ${expectedFile(published)}`, error);
  }
  const stored = isTorchFile(bytes) ? await readTorchFile(bytes, path) : decodeSafetensors(bytes, path).tensors;
  checkPublished(stored, published, path);
  const read = Object.keys(published.shapes).map((name) => [name, asFloat32(stored[name]!)] as const);
  const [tensors, file] = [Object.fromEntries(read), sha256(bytes)];
  const { digest } = published;
  const isPublished = (digest.file !== undefined && file.startsWith(digest.file)) ||
    (digest.tensors !== undefined && digest.tensors === digestTensors(tensors));
  return { tensors, file, isPublished };
}

/** SHA-256 of tensors by name, shape and float32 numbers, in the order of their names. */
export function digestTensors(tensors: PublishedTensors): string {
  const digests = Object.keys(tensors).sort().map((name) => {
    const { shape, data } = asFloat32(tensors[name]!);
    return [name, shape, sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
  });
  return digestJson(digests);
}

/** Allowed types of the numbers; 16-bit ones are converted. */
const floats = ["F32", "F16", "BF16"];

/** @throws UserError as {@link readPublished} does. */
export function checkPublished(tensors: PublishedTensors, published: Published, path: string): void {
  const { unread, title } = published;
  const distinguishing = Object.entries(published.unreadShapes).filter(([name]) => name in tensors);
  const shapes = { ...published.shapes, ...Object.fromEntries(distinguishing) };
  const surplus = Object.keys(tensors).filter((name) => !(name in shapes) && !unread.test(name)).sort();
  for (const name of [...Object.keys(shapes), ...surplus]) {
    const [found, wanted] = [tensors[name], shapes[name]];
    const trouble = !found
      ? `lack the tensor "${name}" [${wanted}]`
      : !wanted
      ? `hold "${name}" [${found.shape}], which that network does not have`
      : found.shape.join() !== wanted.join()
      ? `hold "${name}" with shape [${found.shape}], where [${wanted}] is expected`
      : name in published.shapes && !floats.includes(found.dtype)
      ? `hold "${name}" as ${found.dtype}, where F32, F16 or BF16 is expected`
      : undefined;
    if (trouble) fail(`The weights "${path}" are not ${title}: they ${trouble}. ${expectedFile(published)}`);
  }
}

const expectedFile = ({ file }: Published) => `What is wanted is ${file}: deno task fetch weights.`;

/** Scale, offset and statistics of a BatchNorm layer, by PyTorch's names. */
export const batchNormTensors = ["weight", "bias", "running_mean", "running_var"] as const;

/**
 * Folds BatchNorm into the convolution without bias before it.
 *
 * @param convolution name of the kernel's layer; its `weight` is [O, I, …window]
 * @param batchNorm name of the BatchNorm's layer
 * @returns kernel [...window, I, O] and bias [O]
 * @throws UserError when the result is not finite: the file is damaged.
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
