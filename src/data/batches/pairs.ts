/** Picture-caption pairs, from which text encoder and image tower learn. */
import type { Config } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { type Random, random } from "../../base/random.ts";
import { captionOf, fixedPicture, randomPicture } from "./stories.ts";
import { fill } from "./collate.ts";
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
  shape: { N: number; L: number };
}

/** A frame of a story, by its place there, with a caption and one of its pictures: the fixed one of evaluation if left out. */
export interface PairPick {
  story: Story;
  frame: number;
  caption: string;
  picture?: number;
}

/**
 * Pairs of step `step` for the text encoder's pre-training: `config.text.batch` of them.
 *
 * @throws UserError when the split has fewer stories than pairs.
 */
export function captionBatch(set: StorySet, vocabulary: Vocabulary, config: Config, step: number): CaptionBatch {
  const { seed, data, text: { batch: N, joined } } = config;
  const stories = set.split("train");
  if (N > stories.length) {
    fail(`text.batch is ${N}, but the data set "${set.name}" has only ${stories.length} training stories.`);
  }
  const stream = random(seed, "pairs", step);
  const pictures = random(seed, "pair-pictures", step);
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
  return pairBatch(set, vocabulary, picks, data.words, random(seed, "pair-words", step));
}

/** Two or three captions of a frame, in any order, as one. */
function severalOf(captions: string[], stream: Random): string {
  return stream.shuffle(captions).slice(0, 2 + stream.integer(2)).join(" ");
}

/** Chosen pairs; with a `stream` captions of more than L words keep some drawn from it, see `encode`. */
export function pairBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  picks: PairPick[],
  L: number,
  stream?: Random,
): CaptionBatch {
  const filled = picks.map(({ story, frame, caption, picture }) => ({
    caption,
    picture: picture ?? fixedPicture(story.frames[frame]!),
  }));
  return {
    ...fill(set, vocabulary, filled, L, stream),
    frames: picks.map(({ story, frame }) => `${story.id}/${frame}`),
    texts: picks.map(({ caption }) => caption),
    shape: { N: picks.length, L },
  };
}
