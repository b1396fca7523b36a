/** The condition of the paper's system: the captions of a story, encoded by the frozen bi-LSTM. */
import type { State, Tensor } from "../../../engine/mod.ts";
import { encodeText } from "../../damsm/text_encoder.ts";
import type { OursConfig } from "./settings.ts";

/** Encoded captions of B stories with T frames each and up to L words. */
export interface Text {
  /** Word embeddings [B, T, L, D]; 0 on padding. */
  words: Tensor;
  /** Sentence vectors [B, T, D]. */
  sentences: Tensor;
  /** 1 for a word, 0 for padding [B, T, L]. */
  mask: Tensor;
  /** Multi-hot label vectors [B, T, K], where `data.labels` is set. */
  labels?: Tensor;
}

/**
 * Encodes `tokens` int32 [B, T, L] with `mask` [B, T, L]; returns the entries of {@link Text}, and the `targets` of the
 * losses where the batch has them.
 */
export function encodeCaptions(config: OursConfig, frozen: State, batch: State): State {
  const { tokens, mask, labels, targets } = batch as Record<"tokens" | "mask", Tensor> & State;
  const [B, T, L] = tokens.shape as [number, number, number];
  const { words, sentence } = encodeText(config, frozen, tokens.reshape([B * T, L]), mask.reshape([B * T, L]));
  return {
    words: words.reshape([B, T, L, -1]),
    sentences: sentence.reshape([B, T, -1]),
    mask,
    ...(labels ? { labels } : {}),
    ...(targets ? { targets } : {}),
  };
}

/** The entries of a step's inputs that are this system's text. */
export function textOf(inputs: State): Text {
  const { words, sentences, mask, labels } = inputs as Record<string, Tensor>;
  return { words: words!, sentences: sentences!, mask: mask!, ...(labels ? { labels } : {}) };
}

/** Label vectors as parts of a concatenation; empty where the model is given none. */
export function labelsOf({ labels }: Text): Tensor[] {
  return labels ? [labels] : [];
}
