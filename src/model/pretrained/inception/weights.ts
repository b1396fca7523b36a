/**
 * Inception v3's weights, from a published checkpoint or a safetensors file with torchvision's names.
 *
 * The checkpoints: torchvision's is `inception_v3_google-0cc3c7bd.pth` (AttnGAN names an earlier release of it,
 * `inception_v3_google-1a9a5a14.pth`), FID's is pytorch-fid's `pt_inception-2015-12-05-6726825d.pth`.
 */
import { type State, tf } from "../../../engine/mod.ts";
import { batchNormTensors, foldBatchNorm, type Published, type PublishedTensors, readPublished } from "../read.ts";
import { inceptionConvolutions, type InceptionVariant } from "./layers.ts";

/** Added to the variance in torchvision's BatchNorm. */
const EPSILON = 1e-3;

/** The published files' names. */
export const inceptionFiles: Record<InceptionVariant, string> = {
  imagenet: "inception_v3_google-0cc3c7bd.pth",
  fid: "pt_inception-2015-12-05-6726825d.pth",
  keras: "inception-nsfwjs.safetensors", // made by ../published/nsfwjs.ts
};
/** What identifies them: the digits of SHA-256 in the name of a file, or the digest of the tensors that are made here. */
const digests: Record<InceptionVariant, Published["digest"]> = {
  imagenet: { file: "0cc3c7bd" },
  fid: { file: "6726825d" },
  keras: { tensors: "8c6002556966aa6cecc9b45ade079d4e3d17c2d0b56667d3d89f57b8ffcc8aa3" },
};
const titles: Record<InceptionVariant, string> = {
  imagenet: "torchvision's inception_v3",
  fid: "FID's Inception v3",
  keras: "the Inception v3 of nsfwjs",
};
/** Classes of the last layer, which distinguish files that agree in all other tensors. */
const classes: Record<InceptionVariant, number> = { imagenet: 1000, fid: 1008, keras: 5 };

/**
 * The contents of a file for a variant, by torchvision's names: kernels [O, I, h, w], and four vectors for each
 * BatchNorm.
 */
export function publishedInception(variant: InceptionVariant): Published {
  const shapes: Record<string, number[]> = {};
  for (const { name, kernel: [height, width, input, output] } of inceptionConvolutions()) {
    shapes[`${name}.conv.weight`] = [output, input, height, width];
    for (const part of batchNormTensors) shapes[`${name}.bn.${part}`] = [output];
  }
  return {
    shapes,
    unread: /^(fc|AuxLogits)\.|\.num_batches_tracked$/,
    unreadShapes: { "fc.weight": [classes[variant], variant === "keras" ? 0 : 2048] },
    title: titles[variant],
    file: inceptionFiles[variant],
    digest: digests[variant],
  };
}

/**
 * Reads the weights of `inceptionTrunk`: the tensors that `inceptionParameters` declares, in its order.
 *
 * The classifier, the auxiliary one and the counters of batches may be in the file and are left out.
 *
 * @throws UserError naming the file and its first tensor that is missing, surplus or of another shape, and the
 *   expected file. The shape of the classifier distinguishes the variants.
 */
export async function readInception(path: string, variant: InceptionVariant = "imagenet"): Promise<State> {
  return foldInception(await readPublished(path, publishedInception(variant)), path);
}

/** Checked tensors of a file as the trunk's state. */
export function foldInception(tensors: PublishedTensors, path: string): State {
  return Object.fromEntries(
    inceptionConvolutions().flatMap(({ name, kernel: shape }) => {
      const { kernel, bias } = foldBatchNorm(tensors, `${name}.conv`, `${name}.bn`, EPSILON, path);
      return [
        [`inception.${name}.kernel`, tf.tensor(kernel, shape)],
        [`inception.${name}.bias`, tf.tensor(bias)],
      ];
    }),
  );
}
