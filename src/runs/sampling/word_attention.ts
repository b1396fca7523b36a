/**
 * What words look at: a picture, and beside it one more for each word of its caption, bright where the word looks.
 *
 * The looks are those of DAMSM's word loss. Brightness goes from the weakest to the strongest look of the whole caption, so
 * a word that looks everywhere alike stays evenly grey.
 */
import type { Config } from "../../base/config.ts";
import { fixedCaptions, fixedPictures } from "../../data/batches/stories.ts";
import { pairBatch } from "../../data/batches/pairs.ts";
import type { Story, StorySet } from "../../data/store/stories.ts";
import { tokenize, type Vocabulary } from "../../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor } from "../../engine/mod.ts";
import { wordAttention } from "../../model/damsm.ts";
import { encodeText } from "../../model/text_encoder.ts";
import { encodeImage } from "../../model/image_encoder.ts";
import { type PairTensors, uploadPairs } from "../../train/damsm.ts";
import { drawLooks, stretched } from "./attention_maps.ts";

/** Frames with a caption each, of one data set. */
export interface AttentionPicks {
  set: StorySet;
  picks: { story: Story; frame: number; caption: string }[];
}

/** One frame of each of the first stories of the val split, or all frames of one story; each with its fixed caption. */
export function attentionPicks(config: Config, set: StorySet, story?: Story): AttentionPicks {
  const chosen = story
    ? story.frames.map((_, frame) => ({ story, frame }))
    : set.split("val").slice(0, 6).map((story, i) => ({ story, frame: i % set.frames }));
  const picks = chosen.map(({ story, frame }) => {
    return { story, frame, caption: fixedCaptions(story, config)[frame]! };
  });
  return { set, picks };
}

/** Draws the figure as PNG; `model` is encoder and tower. */
export async function attentionFigure(
  config: Config,
  model: State,
  vocabulary: Vocabulary,
  { set, picks }: AttentionPicks,
): Promise<Uint8Array> {
  const pairs = uploadPairs(pairBatch(set, vocabulary, picks, config.data.words), set.size);
  const look = jit((model: State, { images, tokens, mask }: PairTensors) => {
    const { words } = encodeText(config, model, tokens, mask);
    return wordAttention(config, words, mask, encodeImage(config, model, images, false).regions);
  }, { name: "attention" });
  const weights = look(model, pairs); // [N, L, R]
  const maps = await normalised(weights, picks.map(({ caption }) => tokenize(caption).length));
  disposeTree([pairs, weights]);
  look.dispose();

  return await drawLooks(picks.map(({ story, frame, caption }, i) => ({
    label: `${story.id}/${frame}`,
    picture: fixedPictures(set, story)[frame]!,
    looks: tokenize(caption).slice(0, config.data.words).map((label, w) => ({ label, map: maps[i]![w]! })),
  })));
}

/** Weights [N, L, R] of each caption's words, as shares 0 to 1 of the way from its weakest to its strongest look. */
async function normalised(weights: Tensor, lengths: number[]): Promise<number[][][]> {
  const [, L, R] = weights.shape as [number, number, number];
  const values = await weights.data();
  return lengths.map((length, i) => {
    const words = Array.from(
      { length: Math.min(length, L) },
      (_, w) => Array.from(values.subarray((i * L + w) * R, (i * L + w + 1) * R)),
    );
    return stretched(words);
  });
}
