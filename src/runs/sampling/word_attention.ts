/**
 * The figure of word attention: a picture, and beside it one for each word of its caption, bright where the word
 * attends to.
 *
 * The attention maps are those of DAMSM's word loss. Brightness is scaled from the smallest to the largest weight of
 * the whole caption, so a word with uniform attention is evenly grey.
 */
import { fixedCaptions, fixedPictures } from "../../data/batches/stories.ts";
import { pairBatch, pairTensors } from "../../data/batches/pairs.ts";
import type { Story, StorySet } from "../../data/store/stories.ts";
import { tokenize, type Vocabulary } from "../../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor } from "../../engine/mod.ts";
import type { Config } from "../../model/config.ts";
import { encodeImage } from "../../model/damsm/image_encoder.ts";
import { wordAttention } from "../../model/damsm/loss.ts";
import { encodeText } from "../../model/damsm/text_encoder.ts";
import { uploadBatch } from "../../train/inputs.ts";
import { drawAttentionMaps, stretched } from "./attention_maps.ts";

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

/** Draws the figure as PNG; `model` is text and image encoder. */
export async function attentionFigure(
  config: Config,
  model: State,
  vocabulary: Vocabulary,
  { set, picks }: AttentionPicks,
): Promise<Uint8Array> {
  const pairs = uploadBatch(pairTensors(pairBatch(set, vocabulary, picks, config.data.words), set.size));
  const attend = jit((model: State, pairs: State) => {
    const { images, tokens, mask } = pairs as Record<"images" | "tokens" | "mask", Tensor>;
    const { words } = encodeText(config, model, tokens, mask);
    return wordAttention(config, words, mask, encodeImage(config, model, images, false).regions);
  }, { name: "attention" });
  const weights = attend(model, pairs); // [N, L, R]
  const maps = await normalised(weights, picks.map(({ caption }) => tokenize(caption).length));
  disposeTree([pairs, weights]);
  attend.dispose();

  return await drawAttentionMaps(picks.map(({ story, frame, caption }, i) => ({
    label: `${story.id}/${frame}`,
    picture: fixedPictures(set, story)[frame]!,
    maps: tokenize(caption).slice(0, config.data.words).map((label, w) => ({ label, map: maps[i]![w]! })),
  })));
}

/** Weights [N, L, R] of each caption's words, as shares 0 to 1 from its smallest to its largest weight. */
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
