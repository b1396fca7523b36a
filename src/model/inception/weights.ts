/**
 * Inception v3's weights, from a safetensors file with torchvision's names.
 *
 * Where the checkpoints are: torchvision's is `inception_v3_google-0cc3c7bd.pth` (AttnGAN names
 * an earlier release of it, `inception_v3_google-1a9a5a14.pth`), FID's is pytorch-fid's `pt_inception-2015-12-05-6726825d.pth`.
 */
import { fail } from "../../base/errors.ts";
import { type State, tf } from "../../engine/mod.ts";
import {
  batchNormTensors,
  convertingLine,
  foldBatchNorm,
  type Published,
  type PublishedTensors,
  readPublished,
} from "../pretrained.ts";
import { inceptionConvolutions, type InceptionVariant } from "./layers.ts";

/** What torchvision's BatchNorm adds to the variance. */
const EPSILON = 1e-3;

const checkpoints: Record<InceptionVariant, string> = {
  imagenet: "inception_v3_google-0cc3c7bd.pth",
  fid: "pt_inception-2015-12-05-6726825d.pth",
};
/** Classes of the last layer, which is not read but tells the variants apart. */
const classes: Record<InceptionVariant, number> = { imagenet: 1000, fid: 1008 };

/** What a file for a variant holds, by torchvision's names: kernels [O, I, h, w], and four vectors for each BatchNorm. */
export function publishedInception(variant: InceptionVariant): Published {
  const shapes: Record<string, number[]> = {};
  for (const { name, kernel: [height, width, input, output] } of inceptionConvolutions()) {
    shapes[`${name}.conv.weight`] = [output, input, height, width];
    for (const part of batchNormTensors) shapes[`${name}.bn.${part}`] = [output];
  }
  return {
    shapes,
    unread: /^(fc|AuxLogits)\.|\.num_batches_tracked$/,
    title: variant === "fid" ? "FID's Inception v3" : "torchvision's inception_v3",
    recipe: convertingLine(checkpoints[variant], "inception.safetensors"),
  };
}

/**
 * Reads the weights of {@link inceptionTrunk}: what `inceptionParameters` declares, in its order.
 *
 * The classifier, the auxiliary one and the counters of batches may be in the file and are left out.
 *
 * @throws UserError naming the file and its first tensor that is missing, surplus or of another shape, with the line that
 *   makes such a file of a PyTorch checkpoint; and when the file is the other variant's.
 */
export function readInception(path: string, variant: InceptionVariant = "imagenet"): State {
  const published = publishedInception(variant);
  const tensors = readPublished(path, published);
  const found = tensors["fc.weight"]?.shape[0];
  if (found !== undefined && found !== classes[variant]) {
    fail(
      `The weights "${path}" are not ${published.title}: their classifier has ${found} classes and not ` +
        `${classes[variant]}. Make the file by: ${published.recipe}`,
    );
  }
  return foldInception(tensors, path);
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
