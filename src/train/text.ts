/** The frozen text encoder, applied to whole stories. */
import type { Config } from "../base/config.ts";
import { jit, type State, type Tensor } from "../engine/mod.ts";
import type { Text } from "../model/contract.ts";
import { encodeText } from "../model/text_encoder.ts";

/** {@link Text} as a plain record, which a compiled function takes as an argument. */
export type StoryText = { [Key in keyof Text]: Text[Key] };

/** The compiled encoder, see {@link storyEncoder}. */
export type EncodeStories = (encoder: State, tokens: Tensor, mask: Tensor, labels?: Tensor) => StoryText;

/**
 * Compiles the encoder for batches of stories.
 *
 * @returns a function of the encoder's state, tokens int32 [B, T, L], mask [B, T, L] and, where the model is told of
 *   them, labels [B, T, K]. The caller owns the words and sentences of the result; its mask and labels are those given.
 */
export function storyEncoder(config: Config): EncodeStories {
  const encode = jit((encoder: State, tokens: Tensor, mask: Tensor) => {
    const [B, T, L] = tokens.shape as [number, number, number];
    const { words, sentence } = encodeText(config, encoder, tokens.reshape([B * T, L]), mask.reshape([B * T, L]));
    return { words: words.reshape([B, T, L, -1]), sentences: sentence.reshape([B, T, -1]) };
  }, { name: "encode-text" });
  return (encoder, tokens, mask, labels) => ({ ...encode(encoder, tokens, mask), mask, ...(labels ? { labels } : {}) });
}
