/**
 * Feature networks by name: which weights they take, where those lie, and how pictures are fed.
 *
 * - `inception-2015-12-05`: the network of published FIDs; pictures resized to 299×299 as pytorch-fid does.
 * - `inception-nsfwjs`: a stand-in for it that npm has, see data/weights/readme.md. The name says so.
 * - `r2plus1d-18.published`: as the published story-visualization code feeds it: 64×64 pictures in [-1, 1], straight in,
 *   though the network was trained otherwise. Others are resized to 64×64.
 * - `r2plus1d-18.kinetics`: as it was trained: 112×112, normalised by the statistics of Kinetics.
 * - `r2plus1d-random.…`: seeded weights in place of trained ones, for machines without the file. The name says so.
 */
import { fail } from "../base/errors.ts";
import { digestJson, sha256File } from "../base/files.ts";
import { dataRoot } from "../data/store/stories.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import { inceptionTrunk, type InceptionVariant } from "../model/pretrained/inception/trunk.ts";
import { readInception } from "../model/pretrained/inception/weights.ts";
import { initialize } from "../model/parameters.ts";
import { WIDTH } from "../model/pretrained/r2plus1d/layers.ts";
import { r2plus1dParameters, r2plus1dTrunk } from "../model/pretrained/r2plus1d/trunk.ts";
import { readR2plus1d } from "../model/pretrained/r2plus1d/weights.ts";
import { findWeights, weightsPath } from "../model/pretrained/published/files.ts";
import type { FeatureNetwork } from "./features.ts";

/** Weights by the name that `deno task fetch weights` has for them. */
interface Weights {
  name: string;
  read(path: string): Promise<State>;
}

/** A network but for its weights. */
interface Kind {
  /** Without them the weights are drawn, {@link SEED}. */
  weights?: Weights;
  of: FeatureNetwork["of"];
  width: number;
  /** Pictures [N, T, H, W, 3] in [-1, 1] to vectors. */
  look(state: State, images: Tensor): Tensor;
}

/** Seeds the weights of the networks called random; another number would be another network. */
const SEED = 18;

const r2plus1dWeights: Weights = { name: "r2plus1d-18", read: readR2plus1d };

/** Inception v3 as FID looks through it: its pooled features of every frame. */
const inception = (name: string, variant: InceptionVariant): Kind => ({
  weights: { name, read: (path) => readInception(path, variant) },
  of: "frames",
  width: 2048,
  look: (state, images) => inceptionTrunk(state, asFrames(images), variant).pooled,
});

const published: Omit<Kind, "weights"> = {
  of: "stories",
  width: WIDTH,
  look: (state, images) => r2plus1dTrunk(state, resized(images, 64)),
};
const kinetics: Omit<Kind, "weights"> = {
  of: "stories",
  width: WIDTH,
  look: (state, images) => r2plus1dTrunk(state, asKinetics(resized(images, 112))),
};

const kinds: Record<string, Kind> = {
  "inception-2015-12-05": inception("inception-fid", "fid"),
  "inception-nsfwjs": inception("inception-nsfwjs", "keras"),
  "r2plus1d-18.published": { weights: r2plus1dWeights, ...published },
  "r2plus1d-18.kinetics": { weights: r2plus1dWeights, ...kinetics },
  "r2plus1d-random.published": published,
  "r2plus1d-random.kinetics": kinetics,
};

/** Every network that {@link openNetwork} knows. */
export const networkNames: string[] = Object.keys(kinds);

/** Options of {@link openNetwork}. */
export interface NetworkOptions {
  /** A file of weights that is used instead of the one in `data/weights`. */
  weights?: string;
  /** The folder of data sets, in which `weights` lies. Default: the project's `data`. */
  root?: string;
}

/**
 * Opens a network; an engine must be in use, in float32.
 *
 * @throws UserError when there is no such network, or its weights are missing or another network's.
 */
export async function openNetwork(name: string, options: NetworkOptions = {}): Promise<FeatureNetwork> {
  const kind = kinds[name] ?? fail(`There is no feature network "${name}"; they are ${networkNames.join(", ")}.`);
  const { weights, of, width, look } = kind;
  if (!weights && options.weights !== undefined) fail(`The weights of ${name} are drawn; it takes no --weights.`);
  const path = weights && (options.weights ?? weightsPath(weights.name, options.root ?? dataRoot));
  const state = path === undefined ? initialize(r2plus1dParameters(), SEED) : await weights!.read(path);
  const digest = digestJson({ name, weights: path === undefined ? { seed: SEED } : sha256File(path) });
  const see = jit(look, { name });
  return {
    name,
    digest,
    of,
    width,
    features: (images) => see(state, images),
    dispose() {
      see.dispose();
      disposeTree(state);
    },
  };
}

/** Whether the weights of a network are here; drawn ones always are. */
export function hasWeights(name: string, root: string = dataRoot): boolean {
  const weights = kinds[name]?.weights;
  return !weights || findWeights(weights.name, root) !== undefined;
}

/** [N, T, H, W, 3] as [N·T, H, W, 3]. */
const asFrames = (images: Tensor) => images.reshape([-1, ...images.shape.slice(2)]);

/** Every frame at `side`×`side`, bilinear with half-pixel centres: PyTorch's `align_corners=False`, no smoothing before. */
function resized(images: Tensor, side: number): Tensor {
  const [n, frames, height, width] = images.shape as [number, number, number, number];
  if (height === side && width === side) return images;
  const small = tf.image.resizeBilinear(asFrames(images) as tf.Tensor4D, [side, side], false, true);
  return small.reshape([n, frames, side, side, 3]);
}

/** Mean and deviation of Kinetics' pixels in [0, 1], as torchvision has them. */
const kineticsMean = [0.43216, 0.394666, 0.37645];
const kineticsDeviation = [0.22803, 0.22145, 0.216989];

/** [-1, 1] as the pixels that the network was trained on: ((x + 1)/2 − mean)/deviation. */
function asKinetics(images: Tensor): Tensor {
  const scale = kineticsDeviation.map((deviation) => 0.5 / deviation);
  const offset = kineticsMean.map((mean, i) => (0.5 - mean) / kineticsDeviation[i]!);
  return tf.add(tf.mul(images, tf.tensor1d(scale)), tf.tensor1d(offset));
}
