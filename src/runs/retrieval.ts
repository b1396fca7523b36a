/**
 * How well a text encoder and its image encoder retrieve captions for pictures: the validation loss of pre-training,
 * and R-precision for single sentences and for whole descriptions.
 *
 * A sentence is one of a frame's captions, the fixed one of evaluation; a description is all of them, one after
 * another, to four times the word cap. The condition of a GAN is a sentence; many sentences fit many frames ("Mike is
 * happy."), so even a perfect encoder retrieves fewer of them than of the descriptions; both are reported under names
 * of their own.
 */
import { fixedCaption } from "../data/batches/stories.ts";
import { pairBatch, pairTensors } from "../data/batches/pairs.ts";
import type { Split, Story, StorySet } from "../data/store/stories.ts";
import { encode, tokenize, type Vocabulary } from "../data/store/vocabulary.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import { type RPrecision, rPrecision } from "../metrics/r_precision.ts";
import type { Config } from "../model/config.ts";
import { encodeImage } from "../model/damsm/image_encoder.ts";
import { damsmLoss } from "../model/damsm/loss.ts";
import { wordPairsOf } from "../model/damsm/mod.ts";
import { encodeText } from "../model/damsm/text_encoder.ts";
import { uploadBatch } from "../train/inputs.ts";
import type { Validation } from "../train/recorder.ts";

/** Results of {@link retrievalEvaluator} on a split. */
export interface Retrieval {
  frames: number;
  /** Mean DAMSM loss of the frames with one sentence each. */
  loss: number;
  sentence: RPrecision;
  description: RPrecision;
}

/** A frame, its sentence and its description. */
interface DescribedFrame {
  story: Story;
  frame: number;
  sentence: string;
  description: string;
}

/** Evaluates a model (text and image encoder, the frozen part included) on the first `limit` stories of a split. */
export type EvaluateRetrieval = (model: State, split: Split, limit?: number) => Promise<Retrieval>;

/**
 * Compiles the evaluation.
 *
 * Frames go in batches of the training's size, as the loss depends on it, and no batch has two frames of one story. The
 * last batch is filled up from the front; only whole ones count for the loss.
 */
export function retrievalEvaluator(config: Config, set: StorySet, vocabulary: Vocabulary): EvaluateRetrieval {
  const wordPairs = wordPairsOf(config);
  const evaluate = jit((model: State, pairs: State) => {
    const { images, tokens, mask, classes } = pairs as Record<"images" | "tokens" | "mask" | "classes", Tensor>;
    const text = encodeText(config, model, tokens, mask);
    const image = encodeImage(config, model, images, false);
    const options = { classes, wordPairs: Math.min(wordPairs, mask.shape[0]!) };
    const { loss } = damsmLoss(config, text, mask, image, options);
    return { loss, picture: image.global, sentence: text.sentence };
  }, { name: "evaluate-damsm" });
  const encodeDescriptions = jit(
    (model: State, tokens: Tensor, mask: Tensor) => encodeText(config, model, tokens, mask).sentence,
    { name: "encode-descriptions" },
  );

  // One length for all descriptions, so that their encoding is compiled once; and not too long a program.
  const longest = ["val", "test"].flatMap((split) => framesInTurn(set.split(split as Split), set.frames))
    .reduce((most, { description }) => Math.max(most, tokenize(description).length), 1);

  const length = Math.min(longest, 4 * config.data.words);

  return async (model, split, limit = Infinity) => {
    const stories = set.split(split).slice(0, limit);
    const frames = framesInTurn(stories, set.frames);
    const size = Math.min(config.text.batch, stories.length);
    const losses: number[] = [];
    const codes: Record<"pictures" | "sentences" | "descriptions", Float32Array[]> = {
      pictures: [],
      sentences: [],
      descriptions: [],
    };
    for (let start = 0; start < frames.length; start += size) {
      const chosen = Array.from({ length: size }, (_, i) => frames[(start + i) % frames.length]!);
      const picks = chosen.map(({ sentence, ...pick }) => ({ ...pick, caption: sentence }));
      const pairs = uploadBatch(pairTensors(pairBatch(set, vocabulary, picks, config.data.words), set.size));
      const whole = uploadTexts(vocabulary, chosen.map(({ description }) => description), length);
      const found = evaluate(model, pairs);
      const description = encodeDescriptions(model, whole.tokens, whole.mask);
      if (start + size <= frames.length) losses.push((await found.loss.data())[0]!);
      codes.pictures.push(await found.picture.data() as Float32Array);
      codes.sentences.push(await found.sentence.data() as Float32Array);
      codes.descriptions.push(await description.data() as Float32Array);
      disposeTree([pairs, whole, found, description]);
    }
    const width = config.text.width;
    const retrieve = (kind: "sentence" | "description", captions: Float32Array[]) =>
      rPrecision({
        pictures: joined(codes.pictures, frames.length * width),
        captions: joined(captions, frames.length * width),
        texts: frames.map((frame) => frame[kind]),
        stories: frames.map(({ story }) => story.id),
      }, { seed: config.seed });
    return {
      frames: frames.length,
      loss: losses.reduce((a, b) => a + b, 0) / losses.length,
      sentence: retrieve("sentence", codes.sentences),
      description: retrieve("description", codes.descriptions),
    };
  };
}

/** Stories of a validation; all of the split are evaluated at the end only. */
const validationStories = 100;

/**
 * Validation of pre-training, on the first 100 stories of the val split.
 *
 * @returns a function of text and image encoder that gives `loss.damsm.val` (the score) and, for sentences and
 *   descriptions, `r-precision[sentence, 1 of 100].val`.
 */
export function damsmValidation(
  evaluate: EvaluateRetrieval,
  frozen: State = {},
): (model: State) => Promise<Validation> {
  return async (model) => {
    const { loss, sentence, description } = await evaluate({ ...model, ...frozen }, "val", validationStories);
    return {
      values: {
        "loss.damsm.val": loss,
        [`r-precision[description, 1 of ${description.among}].val`]: description.mean,
        [`r-precision[sentence, 1 of ${sentence.among}].val`]: sentence.mean,
      },
      score: loss,
    };
  };
}

/** All first frames, all second ones and so on: neighbours are of different stories. */
function framesInTurn(stories: Story[], frames: number): DescribedFrame[] {
  return Array.from({ length: frames }, (_, frame) =>
    stories.map((story) => {
      const texts = story.frames[frame]!.captions.map(({ text }) => text);
      return { story, frame, sentence: texts[fixedCaption(story, frame, texts.length)]!, description: texts.join(" ") };
    })).flat();
}

/** Texts as tokens int32 [N, L] and mask [N, L]. */
function uploadTexts(vocabulary: Vocabulary, texts: string[], L: number): { tokens: Tensor; mask: Tensor } {
  const encoded = texts.map((text) => encode(vocabulary, text, L));
  const mask = encoded.flatMap(({ length }) => Array.from({ length: L }, (_, i) => i < length ? 1 : 0));
  return {
    tokens: tf.tensor(encoded.flatMap(({ tokens }) => [...tokens]), [texts.length, L], "int32"),
    mask: tf.tensor(mask, [texts.length, L]),
  };
}

/** Parts as one array, cut to `length`. */
function joined(parts: Float32Array[], length: number): Float32Array {
  const out = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part.subarray(0, length - at), at);
    at += Math.min(part.length, length - at);
  }
  return out;
}
