/**
 * Stories as arrays for the model.
 *
 * A training batch is a pure function of the seed and the step: training is a walk along one endless list, which is a
 * freshly shuffled pass over all stories (an epoch) after another. So a resumed run needs no saved position. A pass
 * need not be a multiple of the batch: a batch may end one pass and begin the next, but never holds a story twice,
 * because losses pair each story with its neighbour's caption as a wrong one.
 */
import type { Config } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { type Random, random } from "../base/random.ts";
import type { Split, Story, StorySet } from "./stories.ts";
import { encode, type Vocabulary } from "./vocabulary.ts";

export interface Batch {
  images: Float32Array<ArrayBuffer>; // [B, T, 64, 64, 3] in [-1, 1]
  tokens: Int32Array<ArrayBuffer>; // [B, T, L]
  mask: Float32Array<ArrayBuffer>; // [B, T, L], 1 where a word stands
  /** Ids of the stories. */
  stories: string[];
  shape: { B: number; T: number; L: number };
}

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

/** A frame and the caption chosen for it. */
export interface Pick {
  story: Story;
  frame: number;
  caption: string;
}

/**
 * The batch of training step `step`, counted from 0: `config.train.batch` stories, one random caption a frame.
 *
 * @throws UserError when the split has fewer stories than a batch.
 */
export function trainingBatch(set: StorySet, vocabulary: Vocabulary, config: Config, step: number): Batch {
  const stories = set.split("train");
  const B = config.train.batch;
  if (B > stories.length) {
    fail(`train.batch is ${B}, but the data set "${set.name}" has only ${stories.length} training stories.`);
  }
  const S = stories.length;
  const chosen = Array.from({ length: B }, (_, b) => {
    const position = step * B + b;
    return stories[epochOrder(config.seed, S, B, Math.floor(position / S))[position % S]!]!;
  });
  const stream = random(config.seed, "caption", step);
  const words = random(config.seed, "caption-words", step);
  return storyBatch(set, vocabulary, chosen, config.data.words, (captions) => stream.integer(captions), words);
}

/**
 * Every story of a split once, in order, `size` at a time (the last batch may be smaller), the first `limit` stories
 * only if given. Each frame has one fixed caption, see {@link fixedCaption}.
 */
export function* evaluationBatches(
  set: StorySet,
  vocabulary: Vocabulary,
  split: Split,
  size: number,
  words: number,
  limit = Infinity,
): Generator<Batch> {
  const stories = set.split(split).slice(0, limit);
  for (let start = 0; start < stories.length; start += size) {
    const chosen = stories.slice(start, start + size);
    yield storyBatch(set, vocabulary, chosen, words, (captions, story, frame) => fixedCaption(story, frame, captions));
  }
}

/** The caption that evaluation uses: fixed, and all levels take turns over stories and frames. */
export function fixedCaption(story: Story, frame: number, captions = story.frames[frame]!.captions.length): number {
  return (story.index + frame) % captions;
}

/**
 * Picture-caption pairs of step `step` for the text encoder's pre-training: `config.text.batch` of them.
 *
 * @throws UserError when the split has fewer stories than pairs.
 */
export function captionBatch(set: StorySet, vocabulary: Vocabulary, config: Config, step: number): CaptionBatch {
  const stories = set.split("train");
  const N = config.text.batch;
  if (N > stories.length) {
    fail(`text.batch is ${N}, but the data set "${set.name}" has only ${stories.length} training stories.`);
  }
  const stream = random(config.seed, "pairs", step);
  const chosen = new Set<Story>();
  while (chosen.size < N) chosen.add(stream.choice(stories));
  const picks = [...chosen].map((story) => {
    const frame = stream.integer(story.frames.length);
    const captions = story.frames[frame]!.captions.map(({ text }) => text);
    const several = config.text.joined > 0 && stream.uniform() < config.text.joined;
    return { story, frame, caption: several ? severalOf(captions, stream) : stream.choice(captions) };
  });
  return pairBatch(set, vocabulary, picks, config.data.words, random(config.seed, "pair-words", step));
}

/** Two or three captions of a frame, in any order, as one. */
function severalOf(captions: string[], stream: Random): string {
  return stream.shuffle(captions).slice(0, 2 + stream.integer(2)).join(" ");
}

/** Chosen frames with their captions; with a `stream` longer ones than L words keep some drawn from it, see `encode`. */
export function pairBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  picks: Pick[],
  L: number,
  stream?: Random,
): CaptionBatch {
  return {
    ...fill(set, vocabulary, picks, L, stream),
    frames: picks.map(({ story, frame }) => `${story.id}/${frame}`),
    texts: picks.map(({ caption }) => caption),
    shape: { N: picks.length, L },
  };
}

/**
 * Some stories as a batch; `choose` picks a caption of each frame by number. With a `stream` captions of more than
 * `words` words keep some drawn from it, see `encode`.
 */
export function storyBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  stories: Story[],
  words: number,
  choose: (captions: number, story: Story, frame: number) => number = (captions, story, frame) =>
    fixedCaption(story, frame, captions),
  stream?: Random,
): Batch {
  const picks = stories.flatMap((story) =>
    story.frames.map(({ captions }, frame) => ({
      story,
      frame,
      caption: captions[choose(captions.length, story, frame)]!.text,
    }))
  );
  return {
    ...fill(set, vocabulary, picks, words, stream),
    stories: stories.map((story) => story.id),
    shape: { B: stories.length, T: set.frames, L: words },
  };
}

/** What a byte of a picture becomes: 0…255 → −1…1. Looked up, for a batch has a million of them. */
const scaled = Float32Array.from({ length: 256 }, (_, byte) => byte / 127.5 - 1);

/** Copies pictures, scaled from bytes to [-1, 1], and the numbers of caption words. */
function fill(set: StorySet, vocabulary: Vocabulary, picks: Pick[], L: number, stream?: Random) {
  const pixels = set.size * set.size * 3;
  const images = new Float32Array(picks.length * pixels);
  const tokens = new Int32Array(picks.length * L);
  const mask = new Float32Array(picks.length * L);
  picks.forEach(({ story, frame, caption }, row) => {
    const source = set.pixels(story, frame);
    const at = row * pixels;
    for (let i = 0; i < pixels; i++) images[at + i] = scaled[source[i]!]!;
    const encoded = encode(vocabulary, caption, L, stream);
    tokens.set(encoded.tokens, row * L);
    mask.fill(1, row * L, row * L + encoded.length);
  });
  return { images, tokens, mask };
}

/** Orders made so far, by seed, stories and batch: an order leans on the one before it. */
const orders = new Map<string, Uint32Array[]>();

/**
 * The order in which pass `epoch` takes the S stories.
 *
 * Stories that stand in the last, unfinished batch of the pass before move to the back, so that the batch that spans
 * both passes holds none of them twice.
 */
function epochOrder(seed: number, S: number, B: number, epoch: number): Uint32Array {
  const key = `${seed}/${S}/${B}`;
  const made = orders.get(key) ?? [];
  orders.set(key, made);
  const numbers = Array.from({ length: S }, (_, i) => i);
  for (let e = made.length; e <= epoch; e++) {
    const shuffled = random(seed, "order", e).shuffle(numbers);
    const unfinished = (e * S) % B;
    const before = new Set(unfinished === 0 ? [] : made[e - 1]!.subarray(S - unfinished));
    const kept = shuffled.filter((story) => !before.has(story));
    made.push(Uint32Array.from([...kept, ...shuffled.filter((story) => before.has(story))]));
  }
  return made[epoch]!;
}
