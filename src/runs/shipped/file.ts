/**
 * The file of shipped weights: generator and text encoder of a run as one small safetensors file, with everything that
 * generating needs in its metadata.
 *
 * Numbers are float32 or float16 in the file, and float32 in memory. A digest covers tensors and metadata, so that a
 * changed vocabulary is noticed as well as a changed weight.
 */
import { fail } from "../../base/errors.ts";
import { digestJson } from "../../base/files.ts";
import { type Vocabulary, vocabularyFromWords } from "../../data/store/vocabulary.ts";
import { asFloat32, decodeSafetensors, encodeSafetensors } from "../../formats/safetensors.ts";
import { type Config, validateConfig } from "../../model/config.ts";
import type { StorySystem } from "../../model/contract.ts";
import { textParameters } from "../../model/damsm/text_encoder.ts";
import { systemByName } from "../../model/systems/mod.ts";
import type { DataRecord } from "../../records/create.ts";
import { checkStored, digestState, type Stored } from "../../train/checkpoint.ts";
import { entriesUnder } from "../../train/named.ts";
import { recordedShape } from "../workplace.ts";

const format = "storyloom-weights";

/** Where the numbers of a file come from. */
export interface WeightsOrigin {
  /** Name of the run. */
  run: string;
  step: number;
  /** Commit of the code that trained it; null where it was trained outside git. */
  commit: string | null;
  /** Digest of the checkpoint's state, as in digests.json of the run. */
  state: string;
  config: Config;
  /** The data that it was trained on. */
  data: Pick<DataRecord, "name" | "digest" | "stories" | "frames" | "vocabulary">;
  vocabulary: string[];
}

/** The contents of a file, checked. */
export interface WeightsFile extends Omit<WeightsOrigin, "vocabulary"> {
  system: StorySystem;
  vocabulary: Vocabulary;
  /** How the numbers are stored. */
  dtype: "F32" | "F16";
  /** The sampled weights of the system, and `text.*`; float32. */
  weights: Stored;
  encoder: Stored;
  /** SHA-256 of tensors and metadata. */
  digest: string;
}

/** Encodes a file; all tensors have one dtype, F32 or F16. */
export function encodeWeights(tensors: Stored, { config, data, vocabulary, ...origin }: WeightsOrigin): {
  bytes: Uint8Array;
  digest: string;
} {
  const metadata = {
    format,
    run: origin.run,
    step: String(origin.step),
    commit: origin.commit ?? "",
    state: origin.state,
    dtype: Object.values(tensors)[0]!.dtype,
    config: JSON.stringify(config),
    data: JSON.stringify(data),
    vocabulary: JSON.stringify(vocabulary),
  };
  const digest = digestOf(tensors, metadata);
  return { bytes: encodeSafetensors(tensors, { ...metadata, digest }), digest };
}

const digestOf = (tensors: Stored, metadata: Record<string, string>) =>
  digestJson({ tensors: digestState(tensors), metadata });

/**
 * Decodes and checks a file.
 *
 * @param path its name in errors
 * @throws UserError when it is cut short, of another format, changed, or does not fit its own configuration.
 */
export function decodeWeights(bytes: Uint8Array, path: string): WeightsFile {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  if (metadata.format !== format) {
    fail(`"${path}" holds no shipped weights: its format is "${metadata.format ?? "unknown"}", not "${format}".`);
  }
  const text = (key: string) =>
    metadata[key] ?? fail(`The weights "${path}" lack "${key}" in their metadata; restore the file (${restore}).`);
  const wanted = text("digest");
  const { digest: _, ...rest } = metadata;
  const [run, step, commit, state, dtype] = ["run", "step", "commit", "state", "dtype"].map(text);
  const json = ["config", "data", "vocabulary"].map(text);
  const digest = digestOf(tensors, rest);
  if (digest !== wanted) {
    fail(
      `The weights "${path}" are damaged: they have the digest ${digest.slice(0, 12)}, and were written with ` +
        `${wanted.slice(0, 12)}; restore the file (${restore}).`,
    );
  }
  const [config, data, words] = json.map((value) => JSON.parse(value)) as [unknown, WeightsFile["data"], string[]];
  const valid = validateConfig(config);
  const system = systemByName(valid.system);
  const foreign = Object.entries(tensors).find(([, { dtype }]) => dtype !== "F32" && dtype !== "F16");
  if (foreign) fail(`The weights "${path}" hold "${foreign[0]}" as ${foreign[1].dtype}, where F32 or F16 is expected.`);
  const widened = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, asFloat32(tensor)]));
  checkStored(widened, shapesOf(system, valid, data), path);
  const encoder = entriesUnder(widened, "text.");
  return {
    run: run!,
    step: Number(step),
    commit: commit === "" ? null : commit!,
    state: state!,
    config: valid,
    data,
    system,
    vocabulary: vocabularyFromWords(words),
    dtype: dtype as WeightsFile["dtype"],
    weights: Object.fromEntries(Object.entries(widened).filter(([name]) => !(name in encoder))),
    encoder,
    digest,
  };
}

const restore = "git checkout, or deno task export-weights";

/** Names and shapes of the tensors of a file: those that are sampled, and the text encoder's. */
function shapesOf(
  system: StorySystem,
  config: Config,
  data: WeightsFile["data"],
): Record<string, number[]> {
  const prefix = system.average?.(config).prefix ?? "";
  const sampled = system.parameters(config, recordedShape(data)).filter(({ name }) => name.startsWith(prefix));
  const text = textParameters(config, data.vocabulary);
  return Object.fromEntries([...sampled, ...text].map(({ name, shape }) => [name, shape]));
}
