/** Text encoders in checkpoints: copied into a run, and read back. */
import { fail } from "../base/errors.ts";
import { type Vocabulary, vocabularyFromWords } from "../data/store/vocabulary.ts";
import type { State } from "../engine/mod.ts";
import type { Config } from "../model/config.ts";
import { damsm } from "../model/damsm/mod.ts";
import { checkStored, readCheckpoint, type Stored, uploadStored, writeCheckpoint } from "../train/checkpoint.ts";
import { checkpointPath } from "../records/checkpoints.ts";

/** Tensors without Adam's moments. */
export function withoutMoments(stored: Stored): Stored {
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !name.startsWith("adam.")));
}

/**
 * Copies the best encoder of a pre-training run, without Adam's moments, into another run; returns the digest of its
 * state.
 */
export function copyEncoder(from: { folder: string; run: string }, path: string): string {
  const { stored, metadata } = readCheckpoint(checkpointPath(from.folder, "best"));
  writeCheckpoint(path, withoutMoments(stored), { ...metadata, format: "storyloom-encoder", run: from.run });
  return metadata.state ?? "";
}

/**
 * Reads the frozen encoder of a run and the vocabulary it was trained with: `text.*` and `tower.*`, without the
 * tensors of the image encoder that are not trained (see `frozenImageEncoder`).
 *
 * @throws UserError naming the file and its first tensor that does not fit.
 */
export function readEncoder(folder: string, config: Config): { encoder: State; vocabulary: Vocabulary } {
  return readStoredEncoder(encoderPath(folder), config);
}

/** The vocabulary that the frozen encoder of a run was trained with. @throws UserError when the file carries none. */
export function readVocabulary(folder: string): Vocabulary {
  return vocabularyOf(readCheckpoint(encoderPath(folder)).metadata, encoderPath(folder));
}

const encoderPath = (folder: string) => `${folder}/checkpoints/text.safetensors`;

function vocabularyOf(metadata: Record<string, string>, path: string): Vocabulary {
  if (!metadata.vocabulary) fail(`"${path}" is no text encoder of this kit: its metadata has no vocabulary.`);
  return vocabularyFromWords(JSON.parse(metadata.vocabulary) as string[]);
}

/** The same of any checkpoint that holds an encoder, e.g. the best one of a pre-training run. */
export function readStoredEncoder(path: string, config: Config): { encoder: State; vocabulary: Vocabulary } {
  const { stored, metadata } = readCheckpoint(path);
  const vocabulary = vocabularyOf(metadata, path);
  const model = withoutMoments(stored);
  const targets = JSON.parse(metadata.targets ?? "[]") as string[];
  const data = { stories: 0, frames: 0, size: 0, words: vocabulary.words.length, targets };
  const shapes = damsm.parameters(config, data).map(({ name, shape }) => [name, shape]);
  checkStored(model, Object.fromEntries(shapes), path);
  return { encoder: uploadStored(model), vocabulary };
}
