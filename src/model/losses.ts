/** Adversarial losses over logits, and the story code's KL term. */
import { type Tensor, tf } from "../engine/mod.ts";

/** Binary cross-entropy with logits (non-saturating for the generator), or the hinge loss. */
export type Adversarial = "bce" | "hinge";

/**
 * The discriminator's loss of one group of logits [N]; `real` says whether they should be high or low.
 * `bce`: −log σ(±x), written as softplus so that it never overflows; `hinge`: max(0, 1 ∓ x).
 */
export function discriminatorLoss(kind: Adversarial, logits: Tensor, real: boolean): Tensor {
  const wanted = real ? logits : tf.neg(logits);
  return tf.mean(kind === "bce" ? tf.softplus(tf.neg(wanted)) : tf.relu(tf.sub(1, wanted)));
}

/** The generator's loss of one group of logits: −log σ(x) (non-saturating) for `bce`, −x for `hinge`. */
export function generatorLoss(kind: Adversarial, logits: Tensor): Tensor {
  return tf.mean(kind === "bce" ? tf.softplus(tf.neg(logits)) : tf.neg(logits));
}

/** KL(N(μ, σ²) ‖ N(0, 1)), mean over all elements: −½(1 + log σ² − μ² − σ²). [authors] */
export function klLoss(mean: Tensor, logVariance: Tensor): Tensor {
  const terms = tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), logVariance), 1);
  return tf.mul(tf.mean(terms), 0.5);
}

/** Share of logits with the correct sign. */
export function accuracy(logits: Tensor, real: boolean): Tensor {
  return tf.mean(tf.cast(real ? tf.greater(logits, 0) : tf.less(logits, 0), "float32"));
}
