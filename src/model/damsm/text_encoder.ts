/**
 * The text encoder: an embedding and a bi-LSTM (section 4.1).
 *
 * It computes a vector for each word and one for the sentence. Pre-trained with pictures by DAMSM, then frozen; it
 * counts towards neither network of Table 1.
 */
import { type State, type Tensor, tf } from "../../engine/mod.ts";
import { get, openNet } from "../net.ts";
import { type Parameter, uniform } from "../parameters.ts";
import { biLstm, lstmParameters } from "../recurrent.ts";
import type { DamsmConfig } from "./settings.ts";

/** Tensors `text.*` for a vocabulary of V words, padding and unknown included: 440,320 + 300·V scalars in `paper`. */
export function textParameters(config: DamsmConfig, vocabularySize: number): Parameter[] {
  const { embedding, width } = config.text;
  return [
    uniform("text.embedding", [vocabularySize, embedding], 1), // [ours; the authors' ±0.1 learns more slowly at first]
    ...lstmParameters("text.lstm", embedding, width / 2),
  ];
}

/**
 * Encodes N captions.
 *
 * @param tokens word numbers, int32 [N, L]
 * @param mask 1 for a word, 0 for padding [N, L]
 * @param dropout factors on the embeddings [N, L, E], 0 or 1/(1 − rate); leave it out at inference
 * @returns `words` [N, L, D], 0 on padding, and `sentence` [N, D], the two final states
 */
export function encodeText(
  config: DamsmConfig,
  state: State,
  tokens: Tensor,
  mask: Tensor,
  dropout?: Tensor,
): { words: Tensor; sentence: Tensor } {
  const net = openNet(state, dropout !== undefined);
  const [captions, length] = tokens.shape as [number, number];
  const flat = tf.gather(get(net, "text.embedding"), tokens.reshape([-1]) as tf.Tensor1D); // [N·L, E]
  const embedded = flat.reshape([captions, length, config.text.embedding]);
  const { outputs, final } = biLstm(net, "text.lstm", dropout ? tf.mul(embedded, dropout) : embedded, mask);
  return { words: outputs, sentence: final };
}
