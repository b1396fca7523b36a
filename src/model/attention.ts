/**
 * Attention without parameters: β = softmax(a bᵀ), h = β b (section 3.1.1).
 *
 * One formula gives both attentions of the paper: b = a is self-attention, b = words is word-level spatial attention.
 */
import { type Tensor, tf, withGradient } from "../engine/mod.ts";

/** Added to the score of padding: e^-1e9 is 0 in float32, and a row with nothing but padding stays finite. */
const MASKED = -1e9;

/**
 * Softmax over the last axis that gives padding no weight.
 *
 * @param scores [G, Q, K]
 * @param mask [G, K], 1 for a word. A row without words has uniform weights; its values must be 0.
 */
export function maskedSoftmax(scores: Tensor, mask?: Tensor): Tensor {
  if (!mask) return tf.softmax(scores);
  const [groups, keys] = mask.shape as [number, number];
  const penalty = tf.mul(tf.sub(1, mask), MASKED).reshape([groups, 1, keys]);
  return tf.softmax(tf.add(scores, penalty));
}

/** Softmax over any axis; tfjs has it for the last axis only, and two transpositions cost more than the softmax. */
export function softmaxOver(x: Tensor, axis: number): Tensor {
  return withGradient([x], (save) => {
    const exponential = tf.exp(tf.sub(x, tf.max(x, axis, true)));
    const value = tf.div(exponential, tf.sum(exponential, axis, true));
    save([value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const weighted = tf.mul(dy, saved[0]!);
      return [tf.sub(weighted, tf.mul(saved[0]!, tf.sum(weighted, axis, true)))];
    };
    return { value, gradFunc };
  });
}

/**
 * β = softmax(scale · a bᵀ): the attention weights of each query over the keys.
 *
 * @param a queries [G, Q, C]
 * @param b keys [G, K, C]
 * @param scale 1/√C or 1
 * @param mask of b [G, K]
 * @returns [G, Q, K]
 */
export function attentionWeights(a: Tensor, b: Tensor, scale: number, mask?: Tensor): Tensor {
  // Scaling the queries is cheaper than scaling the scores wherever K > C, and the same number.
  const scores = tf.matMul(tf.mul(a, scale), b, false, true); // [G, Q, K]
  return maskedSoftmax(scores, mask);
}

/** h = β b with {@link attentionWeights} β; b [G, K, C] is keys and values in one. Returns [G, Q, C]. */
export function attend(a: Tensor, b: Tensor, scale: number, mask?: Tensor): Tensor {
  return tf.matMul(attentionWeights(a, b, scale, mask), b);
}

/** Mean over the words, without padding: [G, K, C], [G, K] → [G, C]; 0 where there are no words. */
export function meanOfWords(words: Tensor, mask: Tensor): Tensor {
  const [groups, keys] = mask.shape as [number, number];
  const total = tf.matMul(mask.reshape([groups, 1, keys]), words).squeeze([1]);
  return tf.div(total, tf.maximum(tf.sum(mask, 1, true), 1));
}
