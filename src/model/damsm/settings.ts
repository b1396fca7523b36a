/** The configuration of the text encoder (bi-LSTM), its image encoder and their DAMSM pre-training: section `text`. */
import { z } from "zod";
import { count, leastBatch, positive, rate, type SharedConfig } from "../../base/config.ts";

const text = {
  embedding: positive().default(300), // [authors]
  /** A file of word vectors as GloVe publishes them, which the embedding starts from; empty: from random numbers. */
  glove: z.string().default(""),
  width: positive().multipleOf(2).default(256), // D, both directions together [authors]
  dropout: z.number().min(0).lt(1).default(0.5), // of the embeddings while pre-training [authors]
  /** The image encoder: `conv` is trained from scratch [ours], `inception` is frozen but for two heads [authors]. */
  tower: z.enum(["conv", "inception"]).default("conv"),
  towerWidth: positive().default(64), // first width of the conv image encoder [ours]
  /** Weights of the inception image encoder: torchvision's checkpoint, or a safetensors file with its names. */
  towerWeights: z.string().default(""),
  /**
   * Weight of an object head while pre-training: the image encoder also learns which objects, place and weather a frame
   * shows, as Inception v3 has learned ImageNet's classes. [ours: off]
   */
  objects: z.number().min(0).default(0),
  steps: count().default(12_000), // [ours]
  /** Validations without a lower loss after which pre-training stops, as it over-fits; 0 never stops. [ours] */
  patience: count().default(3),
  batch: positive().min(leastBatch).default(48), // picture-caption pairs [authors]
  /** The pairs of a batch that the word loss compares, which costs most of a step; 0 is all. [authors: all] */
  wordBatch: count().default(0),
  /** Share of pairs whose caption is several sentences of the frame, one after another. [ours: none] */
  joined: z.number().min(0).max(1).default(0),
  learningRate: rate().default(2e-3), // [authors]
  /** Factor of the learning rate for each epoch over the training frames, down to a tenth. [authors] */
  decay: z.number().gt(0).max(1).default(0.98),
  clip: rate().default(0.25), // largest gradient norm of the LSTM [authors]
  gamma1: rate().default(4), // sharpness of a word's attention to the regions [authors]
  gamma2: rate().default(5), // of the sum over words [authors]
  gamma3: rate().default(10), // of the batch's softmax [authors]
};

/** A configuration with the section `text`. */
export type DamsmConfig = SharedConfig & { text: z.infer<z.ZodObject<typeof text, z.core.$strict>> };

/**
 * Only 13 epochs over the pictures: large steps that shrink, and training on descriptions, which contain more of a
 * picture than a sentence does. [ours]
 */
const minutes = {
  text: {
    width: 64,
    embedding: 64,
    towerWidth: 16,
    objects: 20,
    steps: 2800,
    wordBatch: 24,
    joined: 0.5,
    learningRate: 5e-3,
    decay: 0.86,
    dropout: 0,
  },
};

export const damsmSettings = {
  sections: { text },
  presets: {
    small: { text: { width: 128, embedding: 128, towerWidth: 32, objects: 20, steps: 4000 } },
    mini: minutes,
    tiny: minutes,
  },
};
