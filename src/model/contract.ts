/**
 * What the training loop asks of a story-visualisation system.
 *
 * Every system of Table 1 is a record of pure functions over named tensors. The loop knows none of them by name: it
 * draws the noise that `noise` lists, differentiates the two losses, and writes back `updates`.
 */
import type { Config } from "../base/config.ts";
import type { State, Tensor } from "../engine/mod.ts";
import type { Parameter } from "./parameters.ts";

/** Encoded captions of B stories with T frames each and up to L words. */
export interface Text {
  /** Word embeddings [B, T, L, D]; rows of padding are 0. */
  words: Tensor;
  /** Sentence vectors [B, T, D]. */
  sentences: Tensor;
  /** 1 for a word, 0 for padding [B, T, L]. */
  mask: Tensor;
  /** Multi-hot label vectors [B, T, K], where `data.labels` tells the model of them. */
  labels?: Tensor;
}

/** Label vectors as parts of a concatenation: none where the model is not told of them. */
export function labelsOf({ labels }: Text): Tensor[] {
  return labels ? [labels] : [];
}

/** What one training step sees. The losses make mismatched pairs themselves, by rolling the stories by one. */
export interface ModelBatch {
  /** Real frames in [-1, 1] [B, T, 64, 64, 3]. */
  images: Tensor;
  text: Text;
}

/** One random input: its shape, and whether it is standard normal or standard logistic. */
export interface Draw {
  shape: number[];
  kind: "normal" | "logistic";
}

/**
 * A loss with what to report of it (scalars), the next values of the tensors that are carried along, and the signals of
 * its layers in the order of computing (see `Net`; the first one that is not finite names the part that broke).
 */
export type Loss = [loss: Tensor, aux: { report: State; updates: State; signals: State }];

/** Drawn stories. */
export interface Generated {
  /** Frames in [-1, 1] [B, T, 64, 64, 3]. */
  images: Tensor;
  /** Mean p(SA) of each dynamic block, e.g. `g8` (scalars). */
  selectors: State;
  /** Next running statistics, when drawn in training mode. */
  updates: State;
}

/** A stage of a network: its layer's name, what its feature map is afterwards, and whether a dynamic block follows. */
export interface Stage {
  name: string;
  /** Height and width. */
  size: number;
  channels: number;
  block: boolean;
}

/** A dynamic block: where it sits, and what it chooses from. */
export interface Block {
  /** As in the records: `g16`, `d8`. */
  name: string;
  network: "generator" | "discriminator";
  /** Height and width of its feature map. */
  size: number;
  mode: Exclude<Config["model"]["db"]["g"], "none">;
}

export interface System {
  /** As in the configuration's `system`. */
  name: string;
  /** All tensors of `generator.*` and `discriminator.*`. */
  parameters(config: Config): Parameter[];
  /** Every draw of one training step of B stories with T frames; drawing stories in inference needs `z` alone. */
  noise(config: Config, stories: number, frames: number): Record<string, Draw>;
  /** To be differentiated with respect to `discriminator.*`. */
  discriminatorLoss(config: Config, state: State, batch: ModelBatch, noise: State): Loss;
  /** To be differentiated with respect to `generator.*`; `state` holds the image tower too where `loss.damsm` > 0. */
  generatorLoss(config: Config, state: State, batch: ModelBatch, noise: State): Loss;
  /** Draws a story for each text. */
  generate(config: Config, state: State, text: Text, noise: State, training: boolean): Generated;
  /** The dynamic blocks of both networks, those nearest the input first; a system without any has no such function. */
  blocks?(config: Config): Block[];
  /**
   * What the blocks look at while stories are drawn and judged in inference mode (see `Net.watch`), by block and what it
   * looks at: `g16.u` and `g16.words` of the drawing, `d8.drawn.u` of judging what was drawn, `d8.real.u` of real frames.
   */
  inspect?(config: Config, state: State, batch: ModelBatch, noise: State): State;
}
