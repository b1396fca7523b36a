/** Batches of picture-caption pairs, for the pre-training of text and image encoder. */
import type { SharedConfig } from "../../base/config.ts";
import { type Random, random } from "../../base/random.ts";
import { captionOf, fixedPicture, randomPicture } from "./stories.ts";
import { marksOf } from "./targets.ts";
import { collate } from "./collate.ts";
import type { HostBatch } from "./host_tensor.ts";
import { type BatchSize, checkSize } from "./size.ts";
import type { Story, StorySet } from "../store/stories.ts";
import type { Vocabulary } from "../store/vocabulary.ts";

/** Pictures with one caption each, no two of the same story. */
export interface CaptionBatch {
  images: Float32Array<ArrayBuffer>; // [N, 64, 64, 3] in [-1, 1]
  tokens: Int32Array<ArrayBuffer>; // [N, L]
  mask: Float32Array<ArrayBuffer>; // [N, L]
  /** Such as "train-00012/3". */
  frames: string[];
  /** The captions themselves. */
  texts: string[];
  targets: Float32Array<ArrayBuffer>; // [N, K], 1 where the picture shows the target
  shape: { N: number; L: number };
}

/**
 * A frame of a story, by its place there, with a caption and one of its pictures: the fixed one of evaluation if left
 * out.
 */
export interface PairPick {
  story: Story;
  frame: number;
  caption: string;
  picture?: number;
}

/**
 * Settings of pairs; `joined` is the share of pairs whose caption is several sentences of the frame, `targets` what to say
 * of each picture, whether it shows it.
 */
export type PairLoading = Pick<SharedConfig, "seed" | "data"> & Pick<BatchSize, "size"> & Partial<BatchSize> & {
  joined: number;
  targets?: string[];
  stream?: string;
};

/**
 * The pairs of step `step`, counted from 0: `size` of them.
 *
 * @throws UserError when the split has fewer stories than pairs.
 */
export function captionBatch(set: StorySet, vocabulary: Vocabulary, loading: PairLoading, step: number): CaptionBatch {
  const { seed, data, size: N, joined, stream: prefix = "" } = loading;
  const stories = set.split("train");
  checkSize(set, { sizeKey: "text.batch", ...loading });
  const stream = random(seed, `${prefix}pairs`, step);
  const pictures = random(seed, `${prefix}pair-pictures`, step);
  const chosen = new Set<Story>();
  while (chosen.size < N) chosen.add(stream.choice(stories));
  const picks = [...chosen].map((story) => {
    const t = stream.integer(set.frames);
    const frame = story.frames[t]!;
    const several = joined > 0 && stream.uniform() < joined;
    const caption = several
      ? severalOf(frame.captions.map(({ text }) => text), stream)
      : captionOf(frame, data.captions, () => stream.integer(frame.captions.length));
    return { story, frame: t, caption, picture: randomPicture(frame, pictures) };
  });
  return pairBatch(set, vocabulary, picks, data.words, random(seed, `${prefix}pair-words`, step), loading.targets);
}

/** Two or three captions of a frame, in any order, as one. */
function severalOf(captions: string[], stream: Random): string {
  return stream.shuffle(captions).slice(0, 2 + stream.integer(2)).join(" ");
}

/** Chosen pairs; of captions with more than L words, `stream` samples the words that are kept, see `encode`. */
export function pairBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  picks: PairPick[],
  L: number,
  stream?: Random,
  targets: string[] = [],
): CaptionBatch {
  const filled = picks.map(({ story, frame, caption, picture }) => ({
    caption,
    picture: picture ?? fixedPicture(story.frames[frame]!),
  }));
  return {
    ...collate(set, vocabulary, filled, L, stream),
    frames: picks.map(({ story, frame }) => `${story.id}/${frame}`),
    texts: picks.map(({ caption }) => caption),
    targets: marksOf(set, picks.map(({ story, frame }) => story.frames[frame]!), targets),
    shape: { N: picks.length, L },
  };
}

/**
 * A batch as tensors: `images` [N, H, W, 3], `tokens` and `mask` [N, L], and `classes` [N], equal numbers for captions
 * of the same words, which do not count as mismatched; `targets` [N, K] where K > 0.
 */
export function pairTensors(
  { images, tokens, mask, texts, targets, shape: { N, L } }: CaptionBatch,
  size: number,
): HostBatch {
  return {
    images: { data: images, shape: [N, size, size, 3] },
    tokens: { data: tokens, shape: [N, L] },
    mask: { data: mask, shape: [N, L] },
    classes: { data: Int32Array.from(texts, (text) => texts.indexOf(text)), shape: [N] },
    ...(targets.length > 0 ? { targets: { data: targets, shape: [N, targets.length / N] } } : {}),
  };
}
