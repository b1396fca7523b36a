/** Exports the weights of a finished run as a file that is small enough to ship with the repository. */
import { fail } from "../../base/errors.ts";
import { reason, sha256, writeAtomic } from "../../base/files.ts";
import { asFloat16 } from "../../formats/safetensors.ts";
import type { CheckpointName } from "../../records/checkpoints.ts";
import { readRun } from "../../records/read.ts";
import { firstNotFinite, readCheckpoint, type Stored } from "../../train/checkpoint.ts";
import { entriesUnder } from "../../train/named.ts";
import { readSampledCheckpoint } from "../sampling/checkpoint.ts";
import { readVocabulary } from "../stored_encoder.ts";
import { openRunModel, type SampledModel } from "../sampling/model.ts";
import { sampleStory } from "../sampling/sample_story.ts";
import { modelCard, type Rounding } from "./card.ts";
import { encodeWeights, type WeightsOrigin } from "./file.ts";
import { modelOfFile, shippedFolder, weightsPath } from "./open.ts";

/** The largest file that ships, in bytes: git keeps every version of it forever. */
export const largestWeights = 5_000_000;

/** Settings of {@link exportWeights}. */
export interface ExportOptions {
  /** Folder to write to. Default: that of the run's data set in `data/weights`. */
  out?: string | undefined;
  /** Default: the best, or the last if there is none. */
  checkpoint?: CheckpointName | undefined;
  /** How numbers are stored. Default: float32 where the file then fits, and float16 elsewhere. */
  dtype?: "float32" | "float16" | undefined;
  /** Limit in bytes. Default: {@link largestWeights}. */
  largest?: number | undefined;
  /**
   * Opens stories, of one sentence a frame, by which the card states how rounding to float16 changes pictures; may give
   * none. It is called for a float16 file only.
   */
  stories?: (() => Promise<string[][]>) | undefined;
}

/** What {@link exportWeights} wrote. */
export interface ExportedWeights {
  /** Paths of the file and of its model card. */
  file: string;
  card: string;
  bytes: number;
  dtype: "float32" | "float16";
  /** SHA-256 of the file. */
  sha256: string;
}

/**
 * Writes `model.safetensors` and its model card `readme.md`.
 *
 * @throws UserError when the run is not finished, has no checkpoint, does not fit, or its weights cannot be stored.
 */
export async function exportWeights(folder: string, options: ExportOptions = {}): Promise<ExportedWeights> {
  const { largest = largestWeights } = options;
  const run = readRun(folder);
  if (run.status.state !== "finished") {
    fail(`The run "${folder}" is ${run.status.state}; weights ship from a finished run (deno task resume).`);
  }
  const checkpoint = readSampledCheckpoint(folder, options.checkpoint);
  const { config, weights, step, state } = checkpoint;
  if (config.data.labels > 0) {
    fail(`"${folder}" was trained with label vectors, which the sentences of a user do not have; ship another run.`);
  }
  const encoder = entriesUnder(readCheckpoint(`${folder}/checkpoints/text.safetensors`).stored, "text.");
  const tensors = { ...weights, ...encoder };
  const broken = firstNotFinite(tensors);
  if (broken !== undefined) fail(`The weights of "${folder}" hold NaN or infinity in "${broken}"; ship another run.`);

  const { name, digest, stories, frames, vocabulary } = run.data;
  const origin: WeightsOrigin = {
    run: run.name,
    step,
    commit: run.environment.commit,
    state,
    config,
    data: { name, digest, stories, frames, vocabulary },
    vocabulary: readVocabulary(folder).words,
  };
  const tried = (options.dtype ? [options.dtype] : ["float32", "float16"] as const).map((dtype) => {
    const stored = dtype === "float16" ? rounded(tensors, folder) : tensors;
    return { dtype, ...encodeWeights(stored, origin) };
  });
  const chosen = tried.find(({ bytes }) => bytes.length <= largest) ?? failTooLarge(folder, tried.at(-1)!, largest);
  const { dtype, bytes } = chosen;
  const compared = dtype === "float16" ? await options.stories?.() ?? [] : [];
  const rounding = compared.length > 0
    ? await roundingOf(openRunModel(folder, checkpoint.name), modelOfFile(bytes, folder), compared)
    : undefined;
  const out = options.out ?? shippedFolder(name);
  try {
    Deno.mkdirSync(out, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${out}": ${reason(error)}.`, error);
  }
  const described = { dtype, bytes: bytes.length, sha256: sha256(bytes), numbers: countNumbers(tensors), rounding };
  const card = `${out}/readme.md`;
  writeAtomic(weightsPath(out), bytes);
  writeAtomic(card, modelCard(run, checkpoint, described, out));
  return { file: weightsPath(out), card, bytes: bytes.length, dtype, sha256: described.sha256 };
}

/** All tensors in float16. @throws UserError when a number is too large for it. */
function rounded(tensors: Stored, folder: string): Stored {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const half = asFloat16(tensor);
      if (half.data.some((bits) => (bits & 0x7fff) === 0x7c00)) {
        fail(`"${name}" of "${folder}" holds a number above 65504, the largest of float16; store float32.`);
      }
      return [name, half];
    }),
  );
}

/** By how much the pictures of two models differ in the value of a pixel, 0 to 255. */
async function roundingOf(exact: SampledModel, rounded: SampledModel, stories: string[][]): Promise<Rounding> {
  let [sum, count, largest] = [0, 0, 0];
  for (const story of stories) {
    const [frames, others] = [await sampleStory(exact, story), await sampleStory(rounded, story)]
      .map(({ frames }) => frames.flat()) as [Uint8Array[], Uint8Array[]];
    for (const [i, frame] of frames.entries()) {
      for (const [at, value] of frame.entries()) {
        const difference = Math.abs(value - others[i]![at]!);
        sum += difference;
        largest = Math.max(largest, difference);
      }
      count += frame.length;
    }
  }
  return { stories: stories.length, mean: sum / count, largest };
}

function countNumbers(tensors: Stored): number {
  return Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0);
}

function failTooLarge(folder: string, { dtype, bytes }: { dtype: string; bytes: Uint8Array }, largest: number): never {
  const megabytes = (count: number) => `${(count / 1e6).toFixed(2)} MB`;
  fail(
    `The weights of "${folder}" do not fit: in ${dtype} they have ${megabytes(bytes.length)}, and a file that ships ` +
      `has at most ${megabytes(largest)}; ship a run with a smaller generator or text encoder.`,
  );
}
