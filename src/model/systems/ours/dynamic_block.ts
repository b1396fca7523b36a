/**
 * The dynamic block (section 3.1.2, figure 1 right): each picture selects self-attention or word attention.
 *
 * Eq. 1 has one Gumbel variable z for both choices, which would cancel. With two independent draws it becomes p(SA) =
 * σ((u + ℓ)/τ), where u = ā·b̄ = log w − log(1 − w) and ℓ, a difference of two Gumbels, is standard logistic: one
 * number for each picture, and no logarithm of 0. [ours]
 *
 * The paper uses one symbol for three values, which have three names here: the selector logit u, the selection weight w
 * = σ(u), and the selection probability p = σ((u + ℓ)/τ), the p(SA) by which training mixes. Inference takes
 * self-attention where u > 0, that is w > ½.
 */
import { fail } from "../../../base/errors.ts";
import { type Tensor, tf } from "../../../engine/mod.ts";
import { attentionWeights, meanOfWords } from "../../attention.ts";
import {
  batchNorm,
  batchNormParameters,
  conv,
  convParameters,
  leakyRelu,
  standardise,
  standardiseParameters,
} from "../../layers.ts";
import { get, type Net, stopGradient } from "../../net.ts";
import { constant, kernel, type Parameter } from "../../parameters.ts";
import type { Text } from "./condition.ts";
import type { OursConfig } from "./settings.ts";

/** The attentions that the blocks of a network use (Table 2). */
export type Mode = OursConfig["model"]["db"]["g"];

/** Words that pictures attend to: G groups of K words, N/G pictures to a group. */
export interface Words {
  /** [G, K, D] */
  values: Tensor;
  /** [G, K] */
  mask: Tensor;
}

/** Statistics of the words, which all blocks of a network share. */
export function wordsParameters(network: Network, { model: { db }, text }: OursConfig): Parameter[] {
  const mode = network === "generator" ? db.g : db.d;
  return usesWords(mode) && db.wordScale === "unit" ? standardiseParameters(`${network}.words`, text.width) : [];
}

/**
 * The words of each frame's own sentence (G = B·T, K = L), or of its whole story (G = B, K = T·L), as the blocks of a
 * network read them.
 */
export function wordsOf(net: Net, network: Network, config: OursConfig, text: Text): Words {
  const { db } = config.model;
  const [stories, frames, length, width] = text.words.shape as [number, number, number, number];
  const shape = db.words === "frame" ? [stories * frames, length] : [stories, frames * length];
  const mask = text.mask.reshape(shape);
  const values = text.words.reshape([...shape, width]);
  if (wordsParameters(network, config).length === 0) return { values, mask };
  return { values: standardise(net, `${network}.words`, values, mask.reshape([...shape, 1])), mask };
}

type Network = "generator" | "discriminator";

const usesWords = (mode: Mode) => mode === "both" || mode === "wsa";

/** How a block selects, see the configuration. */
export type Choice = Pick<OursConfig["model"]["db"], "tau" | "choice" | "inference">;

/** What {@link select} returns. */
export interface Selection {
  /** Attended features [N, H, W, C]. */
  h: Tensor;
  /** p(SA) of each picture [N]: soft in training, 0 or 1 at inference, unless the configuration says otherwise. */
  probability: Tensor;
}

/**
 * The projection P: D→C that makes words comparable with features, where there is word attention, and the statistics of
 * the selector, where there is one.
 */
function selectionParameters(name: string, mode: Mode, config: OursConfig, channels: number): Parameter[] {
  const { text: { width }, model: { db: { wordScale, selector } } } = config;
  const standardised = mode !== "both" || selector === "plain" ? [] : [
    ...["a", "b"].flatMap((x) => standardiseParameters(`${name}.${x}`, channels)),
    ...(selector === "logit" ? standardiseParameters(`${name}.logit`, 1) : []),
  ];
  const projection = kernel(
    `${name}.words`,
    [width, channels],
    wordScale === "unit" ? 1 / Math.sqrt(width) : undefined,
  );
  return [...(usesWords(mode) ? [projection] : []), ...standardised];
}

/**
 * The attention selector with both its attentions: eq. 1 and 2 in training, eq. 3 at inference.
 *
 * P gives keys and values of the words and, through b̄, the selector. Inference has no noise: SA exactly if u > 0.
 * A block of mode `identity` attends to nothing: h = a.
 *
 * @param a features [N, H, W, C]
 * @param logistic standard logistic noise ℓ [N], needed in training when the mode is `both`
 */
export function select(
  net: Net,
  name: string,
  config: OursConfig,
  mode: Mode,
  a: Tensor,
  words: Words,
  logistic?: Tensor,
): Selection {
  const [pictures, height, width, channels] = a.shape as [number, number, number, number];
  if (mode === "identity") return { h: a, probability: tf.ones([pictures]) };
  const scale = config.model.db.scale ? 1 / Math.sqrt(channels) : 1;
  const pixels = a.reshape([pictures, height * width, channels]);
  const back = (h: Tensor) => h.reshape(a.shape);
  const attend = (kind: "self" | "words", queries: Tensor, keys: Tensor, mask?: Tensor) => {
    const weights = attentionWeights(queries, keys, scale, mask);
    net.observe?.(`${name}.${kind}`, weights);
    return tf.matMul(weights, keys);
  };
  if (mode === "sa") return { h: back(attend("self", pixels, pixels)), probability: tf.ones([pictures]) };

  const { values, mask } = words;
  const [groups, length, wordWidth] = values.shape as [number, number, number];
  const real = tf.mul(values, mask.reshape([groups, length, 1])); // padding becomes 0
  const b = tf.matMul(real.reshape([-1, wordWidth]), get(net, `${name}.words`)).reshape([groups, length, channels]);
  const grouped = a.reshape([groups, -1, channels]); // [G, N/G·H·W, C]
  const hWords = attend("words", grouped, b, mask).reshape(pixels.shape);
  if (mode === "wsa") return { h: back(hWords), probability: tf.zeros([pictures]) };

  const hSelf = attend("self", pixels, pixels);
  const u = selectorLogit(net, name, config, tf.mean(pixels, 1), meanOfWords(b, mask));
  net.observe?.(`${name}.u`, u);
  const probability = selectorProbability(u, net.training, config.model.db, logistic);
  net.signals[name] = probability;
  const p = probability.reshape([pictures, 1, 1]);
  // Eq. 2; with p exactly 0 or 1 at inference it is eq. 3.
  const h = tf.add(tf.mul(p, hSelf), tf.mul(tf.sub(1, p), hWords));
  return { h: back(h), probability };
}

/**
 * The selector logit u [N] of pooled features ā [N, C] and pooled words b̄ [G, C].
 *
 * As printed, u = ā·b̄. With features and words as they come it hardly differs between frames: its standard deviation was
 * 0.05, against 1.8 of the logistic noise, and every frame took self-attention at inference. Standardised, it has unit
 * variance. [ours]
 */
function selectorLogit(net: Net, name: string, config: OursConfig, a: Tensor, b: Tensor): Tensor {
  const { selector, scale } = config.model.db;
  const [pictures, channels] = a.shape as [number, number];
  const plain = selector === "plain";
  const [meanA, meanB] = plain ? [a, b] : [standardise(net, `${name}.a`, a), standardise(net, `${name}.b`, b)];
  const products = tf.mul(meanA.reshape([b.shape[0]!, -1, channels]), meanB.reshape([-1, 1, channels])); // [G, N/G, C]
  const factor = scale || !plain ? 1 / Math.sqrt(channels) : 1;
  const u = tf.mul(tf.sum(products, 2), factor).reshape([pictures]);
  return selector === "logit" ? standardise(net, `${name}.logit`, u.reshape([pictures, 1])).reshape([pictures]) : u;
}

/**
 * Selection probability p(SA) [N] from the selector logit u [N]: σ((u + ℓ)/τ) in training, at inference 1 where u > 0
 * and 0 elsewhere.
 *
 * The other choices round the former (`hard`, and `straight-through`, whose gradient is that of the soft one), or leave
 * the latter soft, σ(u/τ).
 */
export function selectorProbability(u: Tensor, training: boolean, how: Choice, logistic?: Tensor): Tensor {
  const soft = (x: Tensor) => tf.sigmoid(tf.div(x, how.tau));
  const hard = (x: Tensor) => tf.cast(tf.greater(x, 0), "float32");
  if (!training) return how.inference === "soft" ? soft(u) : hard(u);
  if (!logistic) {
    fail("A dynamic block in training needs its logistic noise; sample all that the system's noise() lists.");
  }
  const noisy = tf.add(u, logistic);
  if (how.choice === "soft") return soft(noisy);
  if (how.choice === "hard") return stopGradient(hard(noisy));
  const p = soft(noisy);
  return tf.add(stopGradient(hard(noisy)), tf.sub(p, stopGradient(p))); // p − p is exactly 0
}

/** A block of the generator: P and the selector's statistics, then conv3×3 2C→C and BatchNorm. */
export function generatorBlockParameters(name: string, config: OursConfig, channels: number): Parameter[] {
  return [
    ...selectionParameters(name, config.model.db.g, config, channels),
    ...convParameters(`${name}.fuse`, 3, 2 * channels, channels),
    ...batchNormParameters(`${name}.bn`, channels),
  ];
}

/** The output of a block in the generator: ReLU(BN(conv3×3([a; h]))). The paper does not say how h is used. [ours] */
export function generatorFuse(net: Net, name: string, a: Tensor, h: Tensor): Tensor {
  return tf.relu(batchNorm(net, `${name}.bn`, conv(net, `${name}.fuse`, tf.concat([a, h], 3))));
}

/** A block of the discriminator: P and the selector's statistics, then conv1×1 2C→C and one scalar γ. */
export function discriminatorBlockParameters(name: string, config: OursConfig, channels: number): Parameter[] {
  return [
    ...selectionParameters(name, config.model.db.d, config, channels),
    ...convParameters(`${name}.fuse`, 1, 2 * channels, channels),
    constant(`${name}.gamma`, [], config.model.db.gamma),
  ];
}

/**
 * The output of a block in the discriminator: LeakyReLU(a + γ·conv1×1([a; h])). [ours]
 * With γ = 0 it would start as that of the peers, without words, and Adam would take thousands of steps to add them.
 */
export function discriminatorFuse(net: Net, name: string, a: Tensor, h: Tensor): Tensor {
  const change = conv(net, `${name}.fuse`, tf.concat([a, h], 3));
  return leakyRelu(tf.add(a, tf.mul(get(net, `${name}.gamma`), change)));
}
