/** Collating: chosen pictures and captions of a batch as arrays. */
import type { Random } from "../../base/random.ts";
import type { StorySet } from "../store/stories.ts";
import { encode, type Vocabulary } from "../store/vocabulary.ts";

/** The chosen caption and picture of a frame. */
export interface Pick {
  caption: string;
  /** Number in the set. */
  picture: number;
}

/**
 * The values of two bytes of a picture, as the two float32 of one float64: 0…255 → −1…1. A batch has millions of bytes;
 * a table of pairs is three times as fast as computing each value.
 */
const scaledPairs = (() => {
  const floats = new Float32Array(2 * 2 ** 16);
  for (let pair = 0; pair < 2 ** 16; pair++) {
    new Uint8Array(Uint16Array.of(pair).buffer).forEach((byte, i) => floats[2 * pair + i] = byte / 127.5 - 1);
  }
  return new Float64Array(floats.buffer);
})();

/** Copies pictures by their numbers in the set, scaled from bytes to [-1, 1]: [N, size, size, 3]. */
export function collateImages(set: StorySet, numbers: number[]): Float32Array<ArrayBuffer> {
  const pixels = set.size * set.size * 3;
  const images = new Float32Array(numbers.length * pixels);
  const pairs = new Float64Array(images.buffer); // the same memory
  set.pictures(numbers).forEach(({ buffer, byteOffset }, row) => {
    const source = new Uint16Array(buffer, byteOffset, pixels / 2);
    const at = row * pixels / 2;
    for (let i = 0; i < source.length; i++) pairs[at + i] = scaledPairs[source[i]!]!;
  });
  return images;
}

/**
 * Copies pictures and the numbers of caption words. Of captions with more than L words, `stream` samples the words that
 * are kept, see `encode`.
 */
export function collate(set: StorySet, vocabulary: Vocabulary, picks: Pick[], L: number, stream?: Random) {
  const tokens = new Int32Array(picks.length * L);
  const mask = new Float32Array(picks.length * L);
  picks.forEach(({ caption }, row) => {
    const encoded = encode(vocabulary, caption, L, stream);
    tokens.set(encoded.tokens, row * L);
    mask.fill(1, row * L, row * L + encoded.length);
  });
  return { images: collateImages(set, picks.map(({ picture }) => picture)), tokens, mask };
}
