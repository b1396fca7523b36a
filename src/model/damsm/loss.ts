/**
 * DAMSM (Xu et al., 2018, AttnGAN): which caption belongs to which picture, by words and regions and as wholes.
 *
 * Pre-trains text encoder and image encoder together.
 */
import { type State, type Tensor, tf, withGradient } from "../../engine/mod.ts";
import { softmaxOver } from "../attention.ts";
import type { ImageCode } from "./image_encoder.ts";
import type { DamsmConfig } from "./settings.ts";

/** Encoded captions: `words` [N, L, D], `sentence` [N, D]. */
export interface CaptionCode {
  words: Tensor;
  sentence: Tensor;
}

/** Cosines of all pairs of rows: [N, D], [M, D] → [N, M]. */
export function cosines(a: Tensor, b: Tensor): Tensor {
  return tf.matMul(unit(a), unit(b), false, true);
}

/** Cosine of each picture with its own caption [N]: the paper's Cosine is 100 times its mean (section 4.3). */
export function pairCosines(a: Tensor, b: Tensor): Tensor {
  return tf.sum(tf.mul(unit(a), unit(b)), 1);
}

function unit(rows: Tensor): Tensor {
  return tf.mul(rows, tf.rsqrt(tf.maximum(tf.sum(tf.square(rows), -1, true), 1e-16)));
}

/**
 * How well the words of each caption match each picture: log Σ_w exp(γ2·cos(c_w, w)), where c_w is the mean of the
 * regions under the attention of word w.
 *
 * All pairs at once. c_w is never formed: with r the regions and β its weights, c·w = Σ β (r·w) and |c|² = βᵀ(r rᵀ)β.
 *
 * @param words [M, L, D] with mask [M, L]
 * @param regions [N, R, D]
 * @returns [picture, caption] scores [N, M]
 */
export function wordScores(config: DamsmConfig, words: Tensor, mask: Tensor, regions: Tensor): Tensor {
  const { gamma2 } = config.text;
  const [captions, length, width] = words.shape as [number, number, number];
  const [pictures, R] = regions.shape as [number, number];
  const flatWords = words.reshape([captions * length, width]);
  // Transposed before the split into captions and words: this copies whole rows of regions, not single numbers.
  const products = tf.transpose(
    tf.matMul(flatWords, regions.reshape([-1, width]), false, true).reshape([captions * length, pictures, R]),
    [1, 0, 2],
  ).reshape([pictures, captions, length, R]); // r·w [N, M, L, R]
  const pairs = [pictures, captions * length, R];
  const weights = attentionOfWords(config, products, mask).reshape(pairs); // β [N, M·L, R]
  const dot = tf.sum(tf.mul(weights, products.reshape(pairs)), 2); // c·w [N, M·L]
  const gram = tf.matMul(regions, regions, false, true); // [N, R, R]
  const contextNorm = quadratic(weights, gram); // |c|² [N, M·L]
  const wordNorm = tf.sum(tf.square(flatWords), 1); // |w|² [M·L]
  const cosine = tf.mul(dot, tf.rsqrt(tf.maximum(tf.mul(contextNorm, wordNorm), 1e-16)));
  // exp(γ2·(cos − 1)) cannot overflow; γ2 is added again after the logarithm.
  const terms = tf.exp(tf.mul(tf.sub(cosine, 1), gamma2)).reshape([pictures, captions, length]);
  return tf.add(tf.log(tf.add(tf.sum(tf.mul(terms, mask), 2), 1e-12)), gamma2);
}

/**
 * Attention of the words of captions to the regions of their own pictures: words [N, L, D], mask [N, L], regions
 * [N, R, D] → [N, L, R].
 */
export function wordAttention(config: DamsmConfig, words: Tensor, mask: Tensor, regions: Tensor): Tensor {
  return attentionOfWords(config, tf.matMul(words, regions, false, true), mask);
}

/**
 * Attention of each word to the regions: a softmax over the words of a caption for each region, then one over regions.
 *
 * @param products r·w [..., L, R]
 * @param mask [M, L]
 * @returns weights over the regions [..., L, R]
 */
function attentionOfWords({ text: { gamma1 } }: DamsmConfig, products: Tensor, mask: Tensor): Tensor {
  const penalty = tf.expandDims(tf.mul(tf.sub(1, mask), -1e9), 2); // [M, L, 1]
  const shares = softmaxOver(tf.add(products, penalty), products.rank - 2);
  return tf.softmax(tf.mul(shares, gamma1));
}

/** βᵀGβ of every row β of weights [N, K, R] with its symmetric matrix G [N, R, R]: [N, K]. */
function quadratic(weights: Tensor, gram: Tensor): Tensor {
  return withGradient([weights, gram], (save) => {
    const product = tf.matMul(weights, gram);
    save([weights, product]);
    // As G is symmetric, one product gives the gradients of both factors and saves a matmul.
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [rows, product] = saved as [Tensor, Tensor];
      const scaled = tf.expandDims(dy, 2);
      return [tf.mul(product, tf.mul(scaled, 2)), tf.matMul(tf.mul(rows, scaled), rows, true)];
    };
    return { value: tf.sum(tf.mul(product, weights), 2), gradFunc };
  });
}

/** Options of {@link damsmLoss}. */
export interface DamsmOptions {
  /**
   * A number for each pair, int32 [N]. Pairs of the same number do not count as mismatched: captions of the same words,
   * or frames of one story, which are nearly the same picture. [AttnGAN, by its classes]
   */
  classes?: Tensor;
  /** The number of pairs, the first ones, that the word loss compares. Default: all. */
  wordPairs?: number;
}

/**
 * The DAMSM loss: cross-entropy of finding the picture's caption and the caption's picture in the batch, for the words'
 * scores and for the sentences', all sharpened by γ3. Pair i of the batch is picture i with caption i.
 *
 * @returns the loss and its report: `loss.damsm.words`, `loss.damsm.sentences`, `accuracy.damsm.words|sentences` (share
 *   of pictures that score highest with their own caption)
 */
export function damsmLoss(
  config: DamsmConfig,
  text: CaptionCode,
  mask: Tensor,
  image: ImageCode,
  { classes, wordPairs = mask.shape[0]! }: DamsmOptions = {},
): { loss: Tensor; report: State } {
  const first = (x: Tensor) => tf.slice(x, 0, wordPairs);
  const scores = {
    words: wordScores(config, first(text.words), first(mask), first(image.regions)),
    sentences: cosines(image.global, text.sentence),
  };
  const report: State = {};
  const losses = (["words", "sentences"] as const).map((level) => {
    const { loss, accuracy } = matching(tf.mul(scores[level], config.text.gamma3), classes);
    report[`loss.damsm.${level}`] = loss;
    report[`accuracy.damsm.${level}`] = accuracy;
    return loss;
  });
  return { loss: tf.addN(losses), report };
}

/** Cross-entropy of the diagonal over rows plus over columns of logits [n, n], of the first n pairs. */
function matching(logits: Tensor, classes: Tensor | undefined): { loss: Tensor; accuracy: Tensor } {
  const size = logits.shape[0]!;
  const diagonal = tf.eye(size);
  const open = classes ? tf.add(logits, penalties(tf.slice(classes, 0, size), diagonal)) : logits;
  const own = (x: Tensor) => tf.sum(tf.mul(x, diagonal), 1);
  const entropy = (x: Tensor) => tf.neg(tf.mean(own(tf.logSoftmax(x))));
  const accuracy = tf.mean(tf.cast(tf.greaterEqual(own(open), tf.max(open, 1)), "float32"));
  return { loss: tf.add(entropy(open), entropy(tf.transpose(open))), accuracy };
}

/** −10⁹ where two different pairs are of one class, 0 elsewhere [n, n]. */
function penalties(classes: Tensor, diagonal: Tensor): Tensor {
  const same = tf.cast(tf.equal(tf.expandDims(classes, 1), tf.expandDims(classes, 0)), "float32");
  return tf.mul(tf.sub(same, diagonal), -1e9);
}
