/**
 * DAMSM (Xu et al., 2018, AttnGAN): which caption belongs to which picture, by words and regions and as wholes.
 *
 * Pre-trains the text encoder. The image tower is ours and starts from scratch (AttnGAN's is Inception v3), so nothing has
 * to be downloaded.
 */
import type { Config } from "../base/config.ts";
import { type State, type Tensor, tf } from "../engine/mod.ts";
import { softmaxOver } from "./attention.ts";
import { batchNorm, batchNormParameters, conv, convParameters, leakyRelu, linear, linearParameters } from "./layers.ts";
import { openNet } from "./net.ts";
import type { Parameter } from "./parameters.ts";

/** Encoded captions: `words` [N, L, D], `sentence` [N, D]. */
export interface CaptionCode {
  words: Tensor;
  sentence: Tensor;
}

/** Encoded pictures: `regions` [N, R, D] with R = 8·8, `global` [N, D]. */
export interface PictureCode {
  regions: Tensor;
  global: Tensor;
}

/** Tensors `tower.*`: four 4×4 convolutions of stride 2, a 1×1 to the regions at 8×8, a linear to the global code. */
export function towerParameters(config: Config): Parameter[] {
  const { tower, width } = config.text;
  return [
    ...[1, 2, 3, 4].flatMap((i) => {
      const channels = tower * 2 ** (i - 1);
      return [
        ...convParameters(`tower.conv${i}`, 4, i === 1 ? 3 : channels / 2, channels),
        ...batchNormParameters(`tower.conv${i}.bn`, channels),
      ];
    }),
    ...convParameters("tower.regions", 1, 4 * tower, width),
    ...linearParameters("tower.global", 8 * tower, width),
  ];
}

/** Encodes pictures in [-1, 1] [N, 64, 64, 3]; `updates` and `signals` are those of the pass, when training. */
export function encodeImage(
  config: Config,
  state: State,
  images: Tensor,
  training: boolean,
): PictureCode & { updates: State; signals: State } {
  const net = openNet(state, training);
  const step = (i: number, x: Tensor) =>
    leakyRelu(batchNorm(net, `tower.conv${i}.bn`, conv(net, `tower.conv${i}`, x, 2)));
  const middle = step(3, step(2, step(1, images))); // [N, 8, 8, 4w]
  const regions = conv(net, "tower.regions", middle).reshape([images.shape[0]!, -1, config.text.width]);
  const global = linear(net, "tower.global", tf.mean(step(4, middle), [1, 2]));
  return { regions, global, updates: net.updates, signals: net.signals };
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
 * How well each picture goes with each caption; what R-precision ranks by, too.
 *
 * @returns [picture, caption] matrices [N, M]. `words`: log Σ_w exp(γ2·cos(c_w, w)), where c_w is what word w looks at in
 *   the picture; `sentences`: cos(global, sentence).
 */
export function matchScores(
  config: Config,
  text: CaptionCode,
  mask: Tensor,
  image: PictureCode,
): { words: Tensor; sentences: Tensor } {
  return {
    words: wordScores(config, text.words, mask, image.regions),
    sentences: cosines(image.global, text.sentence),
  };
}

/** All pairs at once. c_w is never formed: with r the regions and β its weights, c·w = Σ β (r·w) and |c|² = βᵀ(r rᵀ)β. */
function wordScores(config: Config, words: Tensor, mask: Tensor, regions: Tensor): Tensor {
  const { gamma1, gamma2 } = config.text;
  const [captions, length, width] = words.shape as [number, number, number];
  const [pictures, places] = regions.shape as [number, number];
  const flatWords = words.reshape([captions * length, width]);
  // Pictures to the front while whole rows of regions move; a transposition of regions and words moves single numbers.
  const products = tf.transpose(
    tf.matMul(flatWords, regions.reshape([-1, width]), false, true).reshape([captions * length, pictures, places]),
    [1, 0, 2],
  ).reshape([pictures, captions, length, places]); // r·w [N, M, L, R]
  const penalty = tf.mul(tf.sub(1, mask), -1e9).reshape([captions, length, 1]);
  const overWords = softmaxOver(tf.add(products, penalty), 2); // each region shares itself out among the caption's words
  const pairs = [pictures, captions * length, places];
  const weights = tf.softmax(tf.mul(overWords, gamma1)).reshape(pairs); // β [N, M·L, R]
  const dot = tf.sum(tf.mul(weights, products.reshape(pairs)), 2); // c·w [N, M·L]
  const gram = tf.matMul(regions, regions, false, true); // [N, R, R]
  const contextNorm = quadratic(weights, gram); // |c|² [N, M·L]
  const wordNorm = tf.sum(tf.square(flatWords), 1); // |w|² [M·L]
  const cosine = tf.mul(dot, tf.rsqrt(tf.maximum(tf.mul(contextNorm, wordNorm), 1e-16)));
  // exp(γ2·(cos − 1)) cannot overflow; the γ2 taken out comes back after the logarithm.
  const votes = tf.exp(tf.mul(tf.sub(cosine, 1), gamma2)).reshape([pictures, captions, length]);
  return tf.add(tf.log(tf.add(tf.sum(tf.mul(votes, mask), 2), 1e-12)), gamma2);
}

/** βᵀGβ of every row β of weights [N, K, R] with its symmetric matrix G [N, R, R]: [N, K]. */
function quadratic(weights: Tensor, gram: Tensor): Tensor {
  return tf.customGrad((...inputs) => {
    const [rows, matrix, save] = inputs as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    const product = tf.matMul(rows, matrix);
    save([rows, product]);
    // As G is symmetric its product serves both factors' gradients: one matmul fewer than two would take.
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const [rows, product] = saved as [Tensor, Tensor];
      const scaled = tf.expandDims(dy, 2);
      return [tf.mul(product, tf.mul(scaled, 2)), tf.matMul(tf.mul(rows, scaled), rows, true)];
    };
    return { value: tf.sum(tf.mul(product, rows), 2), gradFunc };
  })(weights, gram);
}

/**
 * The DAMSM loss: cross-entropy of finding the picture's caption and the caption's picture in the batch, for the words'
 * scores and for the sentences', all sharpened by γ3. Pair i of the batch is picture i with caption i.
 *
 * @param groups size of runs of neighbours that are not held against each other, e.g. T for the frames of one story, which
 *   are nearly the same picture (AttnGAN leaves out pairs of the same class)
 * @returns the loss and its report: `loss.damsm.words`, `loss.damsm.sentences`, `accuracy.damsm.words|sentences` (share of
 *   pictures that score highest with their own caption)
 */
export function damsmLoss(
  config: Config,
  text: CaptionCode,
  mask: Tensor,
  image: PictureCode,
  groups = 1,
): { loss: Tensor; report: State } {
  const scores = matchScores(config, text, mask, image);
  const report: State = {};
  const losses = (["words", "sentences"] as const).map((level) => {
    const { loss, accuracy } = matching(tf.mul(scores[level], config.text.gamma3), groups);
    report[`loss.damsm.${level}`] = loss;
    report[`accuracy.damsm.${level}`] = accuracy;
    return loss;
  });
  return { loss: tf.addN(losses), report };
}

/** Cross-entropy of the diagonal over rows plus over columns of logits [N, N]. */
function matching(logits: Tensor, groups: number): { loss: Tensor; accuracy: Tensor } {
  const size = logits.shape[0]!;
  const table = (value: (i: number, j: number) => number) =>
    tf.tensor2d(Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => value(i, j))));
  const same = (i: number, j: number) => i !== j && Math.floor(i / groups) === Math.floor(j / groups);
  const open = groups > 1 ? tf.add(logits, table((i, j) => same(i, j) ? -1e9 : 0)) : logits;
  const diagonal = table((i, j) => i === j ? 1 : 0);
  const own = (x: Tensor) => tf.sum(tf.mul(x, diagonal), 1);
  const entropy = (x: Tensor) => tf.neg(tf.mean(own(tf.logSoftmax(x))));
  const accuracy = tf.mean(tf.cast(tf.greaterEqual(own(open), tf.max(open, 1)), "float32"));
  return { loss: tf.add(entropy(open), entropy(tf.transpose(open))), accuracy };
}
