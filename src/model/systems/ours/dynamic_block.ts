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
import { batchNorm, batchNormParameters, conv, convParameters, leakyRelu } from "../../layers.ts";
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

/** The words of each frame's own sentence (G = B·T, K = L), or of its whole story (G = B, K = T·L). */
export function wordsOf(config: OursConfig, text: Text): Words {
  const [stories, frames, length, width] = text.words.shape as [number, number, number, number];
  const shape = config.model.db.words === "frame" ? [stories * frames, length] : [stories, frames * length];
  return { values: text.words.reshape([...shape, width]), mask: text.mask.reshape(shape) };
}

/** How a block selects, see the configuration. */
export type Choice = Pick<OursConfig["model"]["db"], "tau" | "choice" | "inference">;

/** What {@link select} returns. */
export interface Selection {
  /** Attended features [N, H, W, C]. */
  h: Tensor;
  /** p(SA) of each picture [N]: soft in training, 0 or 1 at inference, unless the configuration says otherwise. */
  probability: Tensor;
}

/** The projection P: D→C that makes words comparable with features; a block of self-attention alone needs none. */
function projectionParameters(name: string, mode: Mode, width: number, channels: number): Parameter[] {
  return mode === "sa" ? [] : [kernel(`${name}.words`, [width, channels])];
}

/**
 * The attention selector with both its attentions: eq. 1 and 2 in training, eq. 3 at inference.
 *
 * P gives keys and values of the words and, through b̄, the selector. Inference has no noise: SA exactly if u > 0.
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
  const meanA = tf.mean(pixels, 1).reshape([groups, -1, channels]); // [G, N/G, C]
  const meanB = meanOfWords(b, mask).reshape([groups, 1, channels]);
  const u = tf.mul(tf.sum(tf.mul(meanA, meanB), 2), scale).reshape([pictures]);
  net.observe?.(`${name}.u`, u);
  const probability = selectorProbability(u, net.training, config.model.db, logistic);
  net.signals[name] = probability;
  const p = probability.reshape([pictures, 1, 1]);
  // Eq. 2; with p exactly 0 or 1 at inference it is eq. 3.
  const h = tf.add(tf.mul(p, hSelf), tf.mul(tf.sub(1, p), hWords));
  return { h: back(h), probability };
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

/** A block of the generator: P, then conv3×3 2C→C and BatchNorm. */
export function generatorBlockParameters(name: string, mode: Mode, width: number, channels: number): Parameter[] {
  return [
    ...projectionParameters(name, mode, width, channels),
    ...convParameters(`${name}.fuse`, 3, 2 * channels, channels),
    ...batchNormParameters(`${name}.bn`, channels),
  ];
}

/** The output of a block in the generator: ReLU(BN(conv3×3([a; h]))). The paper does not say how h is used. [ours] */
export function generatorFuse(net: Net, name: string, a: Tensor, h: Tensor): Tensor {
  return tf.relu(batchNorm(net, `${name}.bn`, conv(net, `${name}.fuse`, tf.concat([a, h], 3))));
}

/** A block of the discriminator: P, then conv1×1 2C→C and one scalar γ. */
export function discriminatorBlockParameters(name: string, mode: Mode, width: number, channels: number): Parameter[] {
  return [
    ...projectionParameters(name, mode, width, channels),
    ...convParameters(`${name}.fuse`, 1, 2 * channels, channels),
    constant(`${name}.gamma`, [], 0),
  ];
}

/**
 * The output of a block in the discriminator: LeakyReLU(a + γ·conv1×1([a; h])). [ours]
 * γ starts at 0, so that the discriminator starts as that of the peers, without words.
 */
export function discriminatorFuse(net: Net, name: string, a: Tensor, h: Tensor): Tensor {
  const change = conv(net, `${name}.fuse`, tf.concat([a, h], 3));
  return leakyRelu(tf.add(a, tf.mul(get(net, `${name}.gamma`), change)));
}
