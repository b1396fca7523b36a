/**
 * Feature networks by name: which weights they use, where those are stored, and how pictures are preprocessed.
 *
 * - `inception-2015-12-05`: the network of published FIDs; pictures are resized to 299×299 as in pytorch-fid.
 * - `inception-nsfwjs`: a substitute for it from npm, see data/weights/readme.md. Its name makes it distinct.
 * - `r2plus1d-18.published`: preprocessing of the published story-visualization code: 64×64 pictures in [-1, 1] without
 *   normalisation, although the network was trained with it. Other sizes are resized to 64×64.
 * - `r2plus1d-18.kinetics`: preprocessing of its training: 112×112, normalised by the statistics of Kinetics.
 * - `r2plus1d-random.…`: seeded random weights instead of trained ones, where the weights file is missing. Its name
 *   makes it distinct.
 *
 * These names are for the published weights, whose digest is checked at every opening. A network with any others has
 * the digest of their file in its name, such as `inception:1a2b3c4d` or `r2plus1d:1a2b3c4d.kinetics`.
 */
import { fail, UserError } from "../base/errors.ts";
import { digestJson } from "../base/files.ts";
import { dataRoot } from "../data/store/stories.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import { inceptionTrunk, type InceptionVariant } from "../model/pretrained/inception/trunk.ts";
import { foldInception, publishedInception } from "../model/pretrained/inception/weights.ts";
import { initialize } from "../model/parameters.ts";
import { WIDTH } from "../model/pretrained/r2plus1d/layers.ts";
import { r2plus1dParameters, r2plus1dTrunk } from "../model/pretrained/r2plus1d/trunk.ts";
import { foldR2plus1d, publishedR2plus1d } from "../model/pretrained/r2plus1d/weights.ts";
import { type Published, type PublishedTensors, readWeights } from "../model/pretrained/read.ts";
import { findWeights, weightsPath } from "../model/pretrained/published/files.ts";
import type { FeatureNetwork } from "./features.ts";

/** Weights, named as in `deno task fetch weights NAME`. */
interface Weights {
  name: string;
  published: Published;
  /** The network's name before the digest of other weights. */
  architecture: string;
  /** The state of the network from checked tensors; `path` names their file in errors. */
  fold(tensors: PublishedTensors, path: string): State;
}

/** A network without its weights. */
interface NetworkKind {
  /** Without a weights file the weights are initialised randomly with {@link SEED}. */
  weights?: Weights;
  of: FeatureNetwork["of"];
  width: number;
  /** Maps pictures [N, T, H, W, 3] in [-1, 1] to features [N·T, D] or [N, D]. */
  extract(state: State, images: Tensor): Tensor;
}

/** The seed of the networks with random weights; another seed would be another network. */
const SEED = 18;

const r2plus1dWeights: Weights = {
  name: "r2plus1d-18",
  published: publishedR2plus1d(),
  architecture: "r2plus1d",
  fold: foldR2plus1d,
};

/** Inception v3 as FID uses it: pooled features of every frame. */
const inception = (name: string, variant: InceptionVariant): NetworkKind => ({
  weights: {
    name,
    published: publishedInception(variant),
    architecture: variant === "fid" ? "inception" : `inception-${variant}`,
    fold: foldInception,
  },
  of: "frames",
  width: 2048,
  extract: (state, images) => inceptionTrunk(state, asFrames(images), variant).pooled,
});

const published: Omit<NetworkKind, "weights"> = {
  of: "stories",
  width: WIDTH,
  extract: (state, images) => r2plus1dTrunk(state, resized(images, 64)),
};
const kinetics: Omit<NetworkKind, "weights"> = {
  of: "stories",
  width: WIDTH,
  extract: (state, images) => r2plus1dTrunk(state, asKinetics(resized(images, 112))),
};

const kinds: Record<string, NetworkKind> = {
  "inception-2015-12-05": inception("inception-fid", "fid"),
  "inception-nsfwjs": inception("inception-nsfwjs", "keras"),
  "r2plus1d-18.published": { weights: r2plus1dWeights, ...published },
  "r2plus1d-18.kinetics": { weights: r2plus1dWeights, ...kinetics },
  "r2plus1d-random.published": published,
  "r2plus1d-random.kinetics": kinetics,
};

/** The names that {@link openNetwork} accepts. */
export const networkNames: string[] = Object.keys(kinds);

/** Options of {@link openNetwork}. */
export interface NetworkOptions {
  /**
   * Path of a weights file to use instead of the one in `data/weights`: of the same architecture, with any number of
   * classes.
   */
  weights?: string | undefined;
  /** The folder of all data sets, which contains `weights`. Default: the project's `data`. */
  root?: string | undefined;
}

/**
 * Opens a feature network. An engine must be in use, in float32.
 *
 * @throws UserError when there is no network of this name, or its weights are missing or belong to another network.
 */
export async function openNetwork(name: string, options: NetworkOptions = {}): Promise<FeatureNetwork> {
  const kind = kinds[name] ?? fail(`There is no feature network "${name}"; choose one of ${networkNames.join(", ")}.`);
  const { weights, of, width, extract } = kind;
  if (!weights && options.weights !== undefined) {
    fail(`${name} has random weights and takes no --weights; choose r2plus1d-18.published or .kinetics.`);
  }
  const { state, ...identity } = weights
    ? await opened(name, weights, options)
    : { state: initialize(r2plus1dParameters(), SEED), name, weights: { seed: SEED } };
  const digest = digestJson(identity);
  const extractor = jit(extract, { name });
  return {
    name: identity.name,
    digest,
    of,
    width,
    features: (images) => extractor(state, images),
    dispose() {
      extractor.dispose();
      disposeTree(state);
    },
  };
}

/** The state of a network, its name by what its weights are, and the SHA-256 of their file. */
async function opened(name: string, weights: Weights, { weights: own, root = dataRoot }: NetworkOptions) {
  const path = own ?? weightsPath(weights.name, root);
  const { tensors, file, isPublished } = await readWeights(
    path,
    own === undefined ? weights.published : anyClasses(weights),
  );
  const mode = /\.\w+$/.exec(name)?.[0] ?? "";
  return {
    state: weights.fold(tensors, path),
    name: isPublished ? name : `${weights.architecture}:${file.slice(0, 8)}${mode}`,
    weights: file,
  };
}

const anyClasses = ({ published }: Weights): Published => ({ ...published, unreadShapes: {} });

/**
 * The networks that a file of weights fits: Inception as for FID, or R(2+1)D in both modes.
 *
 * @throws UserError where it fits neither, with the first tensor that differs from each.
 */
export async function networksOfWeights(path: string): Promise<string[]> {
  const reasons: string[] = [];
  for (const names of [["inception-2015-12-05"], ["r2plus1d-18.published", "r2plus1d-18.kinetics"]]) {
    try {
      await readWeights(path, anyClasses(kinds[names[0]!]!.weights!));
      return names;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reasons.push(error.message.replace(/ What is wanted is .*$/, ""));
    }
  }
  return fail(reasons.join(" "));
}

/** Whether a network takes whole stories, and not single frames. */
export function isStoryNetwork(name: string): boolean {
  return kinds[name]?.of === "stories";
}

/** Whether the weights of a network are present; random weights need no file. */
export function hasWeights(name: string, root: string = dataRoot): boolean {
  const weights = kinds[name]?.weights;
  return !weights || findWeights(weights.name, root) !== undefined;
}

/** [N, T, H, W, 3] as [N·T, H, W, 3]. */
const asFrames = (images: Tensor) => images.reshape([-1, ...images.shape.slice(2)]);

/**
 * Every frame resized to `side`×`side`: bilinear with half-pixel centres (PyTorch's `align_corners=False`), without
 * smoothing.
 */
function resized(images: Tensor, side: number): Tensor {
  const [n, frames, height, width] = images.shape as [number, number, number, number];
  if (height === side && width === side) return images;
  const small = tf.image.resizeBilinear(asFrames(images) as tf.Tensor4D, [side, side], false, true);
  return small.reshape([n, frames, side, side, 3]);
}

/** Mean and deviation of the pixels of Kinetics in [0, 1], as in torchvision. */
const kineticsMean = [0.43216, 0.394666, 0.37645];
const kineticsDeviation = [0.22803, 0.22145, 0.216989];

/** Maps [-1, 1] to the normalised pixels of the network's training: ((x + 1)/2 − mean)/deviation. */
function asKinetics(images: Tensor): Tensor {
  const scale = kineticsDeviation.map((deviation) => 0.5 / deviation);
  const offset = kineticsMean.map((mean, i) => (0.5 - mean) / kineticsDeviation[i]!);
  return tf.add(tf.mul(images, tf.tensor1d(scale)), tf.tensor1d(offset));
}
