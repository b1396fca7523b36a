/**
 * Pre-training of the text encoder by DAMSM (Xu et al., 2018): image encoder and text encoder are trained together to
 * match captions and pictures. Afterwards both are frozen; the image encoder is used for validation and as a loss.
 */
import { type State, tf } from "../../engine/mod.ts";
import type { Trainable } from "../contract.ts";
import { targetLoss } from "../object_head.ts";
import { encodeImage, imageEncoderParameters, shownObjects } from "./image_encoder.ts";
import { encodeText, textParameters } from "./text_encoder.ts";
import { damsmLoss } from "./loss.ts";
import { type DamsmConfig, damsmSettings } from "./settings.ts";

export const damsm: Trainable<DamsmConfig> = {
  name: "damsm",
  settings: damsmSettings,
  /** A validation for each tenth of the run. [ours] */
  schedule: ({ text: { steps, patience } }) => ({ steps, patience, checkpoint: Math.max(1, Math.ceil(steps / 10)) }),
  parameters: (config, { words, targets }) => [
    ...textParameters(config, words),
    ...imageEncoderParameters(config, targets),
  ],
  readsTargets: ({ text: { objects } }) => objects > 0,
  frozen: ({ text: { tower } }) =>
    tower === "inception" ? [{ prefix: "inception.", from: "weights", inLosses: true }] : [],
  loaders: ({ text: { batch, joined } }, { targets }) => ({
    pairs: { kind: "pairs", size: batch, sizeKey: "text.batch", joined, targets },
  }),
  noise: ({ data, text: { batch, embedding, dropout } }) => ({
    dropout: { shape: [batch, data.words, embedding], kind: "dropout", rate: dropout }, // of the embeddings [N, L, E]
  }),
  updates: (config, { stories, frames }) => [{
    name: "damsm",
    trains: ["text.", "tower."],
    optimiser: {
      rate: (step) => damsmLearningRate(config, step, stories * frames),
      beta1: 0.5, // [authors]
      beta2: 0.999,
      // Only the recurrent encoder is clipped: its gradients are the ones that explode. [authors]
      clip: { prefix: "text.", norm: config.text.clip },
    },
    loss: (state, { pairs }, { dropout }) => pairLoss(config, state, pairs!, dropout),
  }],
};

/** The loss of a batch: `images` [N, H, W, 3], `tokens` and `mask` [N, L], `classes` [N], and `targets` [N, K] if read. */
function pairLoss(config: DamsmConfig, state: State, pairs: State, dropout?: tf.Tensor): ReturnType<PairLoss> {
  const { images, tokens, mask, classes } = pairs as Record<"images" | "tokens" | "mask" | "classes", tf.Tensor>;
  const text = encodeText(config, state, tokens, mask, dropout); // words [N, L, D], sentence [N, D]
  const image = encodeImage(config, state, images, true); // regions [N, R, D], global [N, D]
  const { loss, report } = damsmLoss(config, text, mask, image, { classes, wordPairs: wordPairsOf(config) });
  const aux = { updates: image.updates, signals: { "text.lstm": text.sentence, ...image.signals } };
  if (config.text.objects === 0) return [loss, { report, ...aux }];
  const ofObjects = targetLoss(shownObjects(state, image), pairs.targets!);
  const total = tf.add(loss, tf.mul(ofObjects, config.text.objects));
  return [total, { report: { ...report, "loss.damsm.objects": ofObjects }, ...aux }];
}
type PairLoss = ReturnType<typeof damsm.updates>[number]["loss"];

/** The learning rate of step `step`: times `text.decay` with every pass over the training frames, down to a tenth. */
export function damsmLearningRate({ text }: DamsmConfig, step: number, frames: number): number {
  const epoch = Math.floor(((step - 1) * text.batch) / frames);
  return text.learningRate * Math.max(0.1, text.decay ** epoch);
}

/** The number of pairs of a batch that the word loss compares. */
export function wordPairsOf({ text: { batch, wordBatch } }: DamsmConfig): number {
  return wordBatch > 0 ? Math.min(wordBatch, batch) : batch;
}

/** The word embedding [V, E] with known vectors in place of random numbers; disposes of the given tensor. */
export function withWordVectors(embedding: tf.Tensor, vectors: Map<number, Float32Array>): tf.Tensor {
  if (vectors.size === 0) return embedding;
  const values = Float32Array.from(embedding.dataSync());
  for (const [word, vector] of vectors) values.set(vector, word * embedding.shape[1]!);
  const merged = tf.tensor(values, embedding.shape);
  embedding.dispose();
  return merged;
}
