/**
 * Batches of stories.
 *
 * A training batch is a pure function of the seed and the step: training takes stories from an endless list, in which
 * every epoch is a newly shuffled pass over all stories. So a resumed run needs no saved position. An epoch need not be
 * a multiple of the batch: a batch may end one epoch and begin the next, but never holds a story twice, because losses
 * pair each story with the next story's caption as a mismatched one.
 */
import type { SharedConfig } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { type Random, random } from "../../base/random.ts";
import { counted } from "../../base/text.ts";
import { collate, collateImages } from "./collate.ts";
import type { HostBatch } from "./host_tensor.ts";
import { type BatchSize, checkSize } from "./size.ts";
import { marksOf } from "./targets.ts";
import type { Frame, Split, Story, StorySet } from "../store/stories.ts";
import type { Vocabulary } from "../store/vocabulary.ts";

export interface Batch {
  images: Float32Array<ArrayBuffer>; // [B, T, 64, 64, 3] in [-1, 1]
  tokens: Int32Array<ArrayBuffer>; // [B, T, L]
  mask: Float32Array<ArrayBuffer>; // [B, T, L], 1 for a word, 0 for padding
  labels: Float32Array<ArrayBuffer>; // [B, T, K], K = data.labels
  targets: Float32Array<ArrayBuffer>; // [B, T, K], 1 where the frame shows the target
  /** Ids of the stories. */
  stories: string[];
  shape: { B: number; T: number; L: number };
}

/** Settings of training batches of stories: the loader's size, and the prefix of its random streams. */
export type StoryLoading = Pick<SharedConfig, "seed" | "data"> & Pick<BatchSize, "size"> & Partial<BatchSize> & {
  stream?: string;
  /** What to say of each frame, whether it shows it. */
  targets?: string[];
};

/** Chooses among the captions and the pictures of a frame. */
interface Chooser {
  caption(story: Story, frame: Frame, t: number): number;
  picture(frame: Frame): number;
  /** Samples the words that are kept of a caption that is too long; without it the first are kept. */
  words?: Random;
}

/**
 * The batch of training step `step`, counted from 0: `size` stories, with a random caption and a random picture of each
 * frame.
 *
 * @throws UserError when the split has fewer stories than a batch.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openStorySet, prepareSet } from "../mod.ts";
 * import { buildVocabulary } from "../store/vocabulary.ts";
 * import { storyBatch, trainingBatch } from "./stories.ts";
 *
 * const root = Deno.makeTempDirSync();
 * await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root });
 * const set = await openStorySet("clipart", root);
 * const vocabulary = buildVocabulary(["Mike kicks the ball."]);
 * const data = { name: "clipart", captions: "random", labels: 0, words: 25 } as const;
 *
 * const { shape, images } = trainingBatch(set, vocabulary, { seed: 1, data, size: 4 }, 0);
 * assertEquals(shape, { B: 4, T: 5, L: 25 });
 * assertEquals(images.length, 4 * 5 * 64 * 64 * 3);
 * // As evaluation chooses captions and pictures:
 * const batch = storyBatch(set, vocabulary, { data }, set.split("val").slice(0, 2));
 * assertEquals(batch.stories, set.split("val").slice(0, 2).map(({ id }) => id));
 * Deno.removeSync(root, { recursive: true });
 * ```
 */
export function trainingBatch(set: StorySet, vocabulary: Vocabulary, loading: StoryLoading, step: number): Batch {
  const stories = set.split("train");
  const { seed, size: B, stream = "" } = loading;
  checkSize(set, { sizeKey: "train.batch", ...loading });
  const S = stories.length;
  const chosen = Array.from({ length: B }, (_, b) => {
    const position = step * B + b;
    return stories[epochOrder(seed, `${stream}order`, S, B, Math.floor(position / S))[position % S]!]!;
  });
  return storyBatch(set, vocabulary, loading, chosen, randomly(seed, stream, step));
}

/**
 * A batch as tensors: `images` [B, T, H, W, 3], `tokens` and `mask` [B, T, L], and `labels` and `targets` [B, T, K] where
 * K > 0.
 */
export function storyTensors(
  { images, tokens, mask, labels, targets, shape: { B, T, L } }: Batch,
  size: number,
): HostBatch {
  const ofFrames = (data: Batch["labels"]) => ({ data, shape: [B, T, data.length / (B * T)] });
  return {
    images: { data: images, shape: [B, T, size, size, 3] },
    tokens: { data: tokens, shape: [B, T, L] },
    mask: { data: mask, shape: [B, T, L] },
    ...(labels.length > 0 ? { labels: ofFrames(labels) } : {}),
    ...(targets.length > 0 ? { targets: ofFrames(targets) } : {}),
  };
}

/**
 * Every story of a split once, in order, `size` at a time (the last batch may be smaller), the first `limit` stories
 * only if given. Each frame has one fixed caption and picture, see {@link fixedCaption} and {@link fixedPicture}.
 */
export function* evaluationBatches(
  set: StorySet,
  vocabulary: Vocabulary,
  config: Pick<SharedConfig, "data">,
  split: Split,
  size: number,
  limit = Infinity,
): Generator<Batch> {
  const stories = set.split(split).slice(0, limit);
  for (let start = 0; start < stories.length; start += size) {
    yield storyBatch(set, vocabulary, config, stories.slice(start, start + size));
  }
}

/**
 * The pictures of stories as evaluation uses them, frame by frame, `size` at a time [size, 64, 64, 3]. The last batch
 * is filled up with the last picture; the first `count` are to be used.
 */
export function* evaluationPictures(
  set: StorySet,
  stories: Story[],
  size: number,
): Generator<{ images: Float32Array<ArrayBuffer>; count: number }> {
  const numbers = stories.flatMap(({ frames }) => frames.map(fixedPicture));
  for (let start = 0; start < numbers.length; start += size) {
    const part = numbers.slice(start, start + size);
    const padded = Array.from({ length: size }, (_, i) => part[Math.min(i, part.length - 1)]!);
    yield { images: collateImages(set, padded), count: part.length };
  }
}

/** The caption that evaluation uses: fixed; the sentences of a frame alternate over stories and frames. */
export function fixedCaption({ index }: { index: number }, t: number, captions: number): number {
  return (index + t) % captions;
}

/** The picture that evaluation uses: the middle one of a clip. */
export function fixedPicture({ pictures }: { pictures: Frame["pictures"] }): number {
  return pictures.first + Math.floor(pictures.count / 2);
}

/** The captions that evaluation uses of a story's frames. */
export function fixedCaptions(story: Story, { data }: Pick<SharedConfig, "data">): string[] {
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
function randomly(seed: number, stream: string, step: number): Chooser {
  const [captions, pictures] = [random(seed, `${stream}caption`, step), random(seed, `${stream}picture`, step)];
  return {
    caption: (_story, frame) => captions.integer(frame.captions.length),
    picture: (frame) => randomPicture(frame, pictures),
    words: random(seed, `${stream}caption-words`, step),
  };
}

/** Any picture of a clip. */
export function randomPicture({ pictures: { first, count } }: Frame, stream: Random): number {
  return first + stream.integer(count);
}

/** One text for a frame: the sentence that `choose` picks, always the first, or all of them one after another. */
export function captionOf({ captions }: Frame, mode: SharedConfig["data"]["captions"], choose: () => number): string {
  if (mode === "joined") return captions.map(({ text }) => text).join(" ");
  return captions[mode === "first" ? 0 : choose()]!.text;
}

/** Some stories as a batch; captions and pictures as evaluation chooses them unless another chooser is given. */
export function storyBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  { data, targets = [] }: Pick<StoryLoading, "data" | "targets">,
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
    ...collate(set, vocabulary, picks, data.words, choose.words),
    labels: labelsOf(set, stories, data.labels),
    targets: marksOf(set, stories.flatMap(({ frames }) => frames), targets),
    stories: stories.map((story) => story.id),
    shape: { B: stories.length, T: set.frames, L: data.words },
  };
}

/** @throws UserError when a network is given label vectors, and those of the set have another length */
export function checkLabels(set: StorySet, length: number): void {
  const known = set.manifest.labels?.length ?? 0;
  if (length === 0 || known === length) return;
  fail(
    `data.labels is ${length}, but frames of the data set "${set.name}" have ${counted(known, "label")}; ` +
      `set data.labels=${known}.`,
  );
}

/** Label vectors of all frames, one after another; empty where the model is given none. */
function labelsOf(set: StorySet, stories: Story[], length: number): Float32Array<ArrayBuffer> {
  checkLabels(set, length);
  if (length === 0) return new Float32Array(0);
  return Float32Array.from(stories.flatMap(({ frames }) => frames.flatMap(({ labels }) => labels ?? [])));
}

/** Orders made so far, by seed, stream, stories and batch: an order depends on the one before it. */
const orders = new Map<string, Uint32Array[]>();

/**
 * The order in which pass `epoch` takes the S stories.
 *
 * Stories in the last, unfinished batch of the pass before move to the back, so that the batch that spans
 * both passes holds none of them twice.
 */
function epochOrder(seed: number, stream: string, S: number, B: number, epoch: number): Uint32Array {
  const key = `${seed}/${stream}/${S}/${B}`;
  const made = orders.get(key) ?? [];
  orders.set(key, made);
  for (let e = made.length; e <= epoch; e++) {
    const numbers = Array.from({ length: S }, (_, i) => i);
    const shuffled = random(seed, stream, e).shuffle(numbers);
    const unfinished = (e * S) % B;
    const before = new Set(unfinished === 0 ? [] : made[e - 1]!.subarray(S - unfinished));
    const kept = shuffled.filter((story) => !before.has(story));
    made.push(Uint32Array.from([...kept, ...shuffled.filter((story) => before.has(story))]));
  }
  return made[epoch]!;
}
