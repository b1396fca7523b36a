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
import { random } from "../base/random.ts";
import type { Frame, Split, Story, StorySet } from "./stories.ts";
import { encode, type Vocabulary } from "./vocabulary.ts";

export interface Batch {
  images: Float32Array<ArrayBuffer>; // [B, T, 64, 64, 3] in [-1, 1]
  tokens: Int32Array<ArrayBuffer>; // [B, T, L]
  mask: Float32Array<ArrayBuffer>; // [B, T, L], 1 where a word stands
  labels: Float32Array<ArrayBuffer>; // [B, T, K], K = data.labels
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
  shape: { N: number; L: number };
}

/** What is chosen of a frame. */
interface Pick {
  caption: string;
  /** Number in the set. */
  picture: number;
}

/** Chooses among the captions and the pictures of a frame. */
interface Chooser {
  caption(story: Story, frame: Frame, t: number): number;
  picture(frame: Frame): number;
}

/**
 * The batch of training step `step`, counted from 0: `config.train.batch` stories, with a random caption and a random
 * picture of each frame.
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
  return storyBatch(set, vocabulary, config, chosen, randomly(config, step));
}

/**
 * Every story of a split once, in order, `size` at a time (the last batch may be smaller), the first `limit` stories
 * only if given. Each frame has one fixed caption and picture, see {@link fixedCaption} and {@link fixedPicture}.
 */
export function* evaluationBatches(
  set: StorySet,
  vocabulary: Vocabulary,
  config: Config,
  split: Split,
  size: number,
  limit = Infinity,
): Generator<Batch> {
  const stories = set.split(split).slice(0, limit);
  for (let start = 0; start < stories.length; start += size) {
    yield storyBatch(set, vocabulary, config, stories.slice(start, start + size));
  }
}

/** The caption that evaluation uses: fixed, and all sentences take turns over stories and frames. */
export function fixedCaption({ index }: { index: number }, t: number, captions: number): number {
  return (index + t) % captions;
}

/** The picture that evaluation uses: the middle one of a clip. */
export function fixedPicture({ pictures }: { pictures: Frame["pictures"] }): number {
  return pictures.first + Math.floor(pictures.count / 2);
}

/** The captions that evaluation uses of a story's frames. */
export function fixedCaptions(story: Story, { data }: Config): string[] {
  return story.frames.map((frame, t) =>
    captionOf(frame, data.captions, () => fixedCaption(story, t, frame.captions.length))
  );
}

/** The pictures that evaluation uses of a story's frames, uint8 [64, 64, 3] each. */
export function fixedPictures(set: StorySet, story: Story): Uint8Array[] {
  return set.pictures(story.frames.map(fixedPicture));
}

const fixedly: Chooser = {
  caption: (story, frame, t) => fixedCaption(story, t, frame.captions.length),
  picture: fixedPicture,
};

/** Choices of training step `step`. */
function randomly({ seed }: Config, step: number): Chooser {
  const [captions, pictures] = [random(seed, "caption", step), random(seed, "picture", step)];
  return {
    caption: (_story, frame) => captions.integer(frame.captions.length),
    picture: (frame) => frame.pictures.first + pictures.integer(frame.pictures.count),
  };
}

/** One text for a frame: the sentence that `choose` picks, always the first, or all of them one after another. */
function captionOf({ captions }: Frame, mode: Config["data"]["captions"], choose: () => number): string {
  if (mode === "joined") return captions.map(({ text }) => text).join(" ");
  return captions[mode === "first" ? 0 : choose()]!.text;
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
  const pictures = random(config.seed, "pairs", "picture", step);
  const frames = [...chosen].map((story) => story.frames[stream.integer(set.frames)]!);
  const picks = frames.map((frame) => ({
    caption: captionOf(frame, config.data.captions, () => stream.integer(frame.captions.length)),
    picture: frame.pictures.first + pictures.integer(frame.pictures.count),
  }));
  return {
    ...fill(set, vocabulary, picks, config.data.words),
    frames: frames.map(({ id }) => id),
    shape: { N, L: config.data.words },
  };
}

/** Some stories as a batch; captions and pictures as evaluation chooses them unless another chooser is given. */
export function storyBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  { data }: Config,
  stories: Story[],
  choose: Chooser = fixedly,
): Batch {
  const picks = stories.flatMap((story) =>
    story.frames.map((frame, t) => ({
      caption: captionOf(frame, data.captions, () => choose.caption(story, frame, t)),
      picture: choose.picture(frame),
    }))
  );
  return {
    ...fill(set, vocabulary, picks, data.words),
    labels: labelsOf(set, stories, data.labels),
    stories: stories.map((story) => story.id),
    shape: { B: stories.length, T: set.frames, L: data.words },
  };
}

/** Label vectors of all frames, one after another; empty where the model is not told of them. */
function labelsOf(set: StorySet, stories: Story[], length: number): Float32Array<ArrayBuffer> {
  if (length === 0) return new Float32Array(0);
  const known = set.manifest.labels?.length ?? 0;
  if (known !== length) {
    fail(
      `data.labels is ${length}, but frames of the data set "${set.name}" have ${known} labels; set data.labels=${known}.`,
    );
  }
  return Float32Array.from(stories.flatMap(({ frames }) => frames.flatMap(({ labels }) => labels ?? [])));
}

/**
 * What two bytes of a picture become, as the two float32 of one float64: 0…255 → −1…1. A batch has millions of them, and
 * two at a time are looked up three times as fast as each is computed.
 */
const scaledPairs = (() => {
  const floats = new Float32Array(2 * 2 ** 16);
  for (let pair = 0; pair < 2 ** 16; pair++) {
    new Uint8Array(Uint16Array.of(pair).buffer).forEach((byte, i) => floats[2 * pair + i] = byte / 127.5 - 1);
  }
  return new Float64Array(floats.buffer);
})();

/** Copies pictures, scaled from bytes to [-1, 1], and the numbers of caption words. */
function fill(set: StorySet, vocabulary: Vocabulary, picks: Pick[], L: number) {
  const pixels = set.size * set.size * 3;
  const images = new Float32Array(picks.length * pixels);
  const tokens = new Int32Array(picks.length * L);
  const mask = new Float32Array(picks.length * L);
  const pairs = new Float64Array(images.buffer); // the same memory
  const sources = set.pictures(picks.map(({ picture }) => picture));
  picks.forEach(({ caption }, row) => {
    const source = new Uint16Array(sources[row]!.buffer, sources[row]!.byteOffset, pixels / 2);
    const at = row * pixels / 2;
    for (let i = 0; i < source.length; i++) pairs[at + i] = scaledPairs[source[i]!]!;
    const encoded = encode(vocabulary, caption, L);
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
