/** Generates stories for free text with a trained model: one of a run, or one that ships with the repository. */
import type { Config } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { encode, readText, tokenize, type Vocabulary } from "../../data/store/vocabulary.ts";
import { disposeTree, tf, useEngine } from "../../engine/mod.ts";
import type { CheckpointName } from "../../records/checkpoints.ts";
import { conditioner, sampleNoise } from "../../train/inputs.ts";
import { framesAsBytes, storyGenerator } from "./generate.ts";
import { openRunModel, type SampledModel } from "./model.ts";
import { type Band, drawSheet } from "./sheet.ts";

/** Settings of {@link sampleStory}. */
export interface SampleOptions {
  /** Seed of the noise. Default: 1. */
  seed?: number | undefined;
  /** How many samples of the story. Default: 1. */
  count?: number | undefined;
  /** Of a run. Default: the best, or the last if there is none. */
  checkpoint?: CheckpointName | undefined;
  /** Default: the engine of the model's config. */
  engine?: Config["engine"] | undefined;
  /** Default: the device of the model's config. */
  device?: string | undefined;
}

/** A generated story. */
export interface SampledStory {
  /** A sheet; its captions are what the model read, see {@link readText}. */
  png: Uint8Array;
  /** For each sample and sentence uint8 [64·64·3]. */
  frames: Uint8Array[][];
  /** Words that were read and are not in the vocabulary, each once. */
  unknown: string[];
  /** Words that were not read, because they come after the first `data.words` of their sentence. */
  beyond: string[];
  /** The checkpoint's step. */
  step: number;
}

const longest = 15; // sentences
const bandFrames = 5; // frames in a row of the sheet

/**
 * Generates a story, one frame for each sentence.
 *
 * @param source a run folder, or an opened model such as that of `openShippedModel`
 * @throws UserError when there are no sentences or too many, one has no words, or the run has no checkpoint yet.
 */
export async function sampleStory(
  source: string | SampledModel,
  sentences: string[],
  { seed = 1, count = 1, checkpoint, engine, device }: SampleOptions = {},
): Promise<SampledStory> {
  if (sentences.length < 1 || sentences.length > longest) {
    fail(`A story has 1 to ${longest} sentences, and ${sentences.length} were given; add --story "…" for each.`);
  }
  for (const text of sentences) {
    if (tokenize(text).length === 0) fail(`The sentence "${text}" has no words; write letters or digits.`);
  }
  const model = typeof source === "string" ? openRunModel(source, checkpoint) : source;
  const { config, system, vocabulary, step } = model;
  if (config.data.labels > 0) {
    fail(
      `"${model.name}" was trained with label vectors (data.labels=${config.data.labels}), which your own sentences do not have.`,
    );
  }
  // Always in float32, which every machine supports; a few pictures take little time.
  await useEngine(engine ?? config.engine, { ...config, precision: "float32", device: device ?? config.device });

  const { weights, encoder } = model.upload();
  const [B, T, L] = [count, sentences.length, config.data.words];
  const { read, unknown, beyond } = wordsRead(vocabulary, sentences, L);
  const encoded = sentences.map((text) => encode(vocabulary, text, L));
  const row = <N>(values: N[]) => Array.from({ length: B }, () => values).flat();
  const tokens = tf.tensor(row(encoded.flatMap(({ tokens }) => [...tokens])), [B, T, L], "int32");
  const isWord = encoded.flatMap(({ length }) => Array.from({ length: L }, (_, i) => i < length ? 1 : 0));
  const mask = tf.tensor(row(isWord), [B, T, L]);
  const condition = conditioner(system, config)(encoder, { tokens, mask });
  const noise = sampleNoise(system.latents(config, B, T), seed, "story", 0);
  const images = storyGenerator(system, config)(weights, condition, noise); // [B, T, H, W, 3]
  const frames = await framesAsBytes(images);
  disposeTree([weights, encoder, tokens, mask, condition, noise, images]);

  return {
    png: await drawSheet(sheet(read, frames)),
    frames,
    unknown,
    beyond,
    step,
  };
}

/**
 * What a model reads of sentences, of each the first `L` words.
 *
 * @returns the sentences as they are read, the words among them that are not in the vocabulary, each once, and all words
 *   that are not read
 */
export function wordsRead(
  vocabulary: Vocabulary,
  sentences: string[],
  L: number,
): Pick<SampledStory, "unknown" | "beyond"> & { read: string[] } {
  const words = sentences.map(tokenize);
  const kept = new Set(words.flatMap((all) => all.slice(0, L)));
  return {
    read: sentences.map((text) => readText(vocabulary, text, L)),
    unknown: [...kept].filter((word) => !vocabulary.index.has(word)),
    beyond: words.flatMap((all) => all.slice(L)),
  };
}

/** Five frames a row; every sample of the story below its captions. */
function sheet(sentences: string[], frames: Uint8Array[][]): Band[] {
  const bands: Band[] = [];
  for (let start = 0; start < sentences.length; start += bandFrames) {
    const end = start + bandFrames;
    bands.push({
      captions: sentences.slice(start, end),
      rows: frames.map((story, i) => ({
        label: frames.length > 1 ? `${i + 1}` : "",
        frames: story.slice(start, end),
      })),
    });
  }
  return bands;
}
