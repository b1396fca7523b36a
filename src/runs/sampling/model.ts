/** A trained model as sampling needs it, whatever file its weights come from. */
import type { Vocabulary } from "../../data/store/vocabulary.ts";
import type { State } from "../../engine/mod.ts";
import type { Config } from "../../model/config.ts";
import type { StorySystem } from "../../model/contract.ts";
import type { CheckpointName } from "../../records/checkpoints.ts";
import { readEncoder, readVocabulary } from "../stored_encoder.ts";
import { readSampledCheckpoint } from "./checkpoint.ts";

/** A generator with its text encoder. */
export interface SampledModel {
  /** The run that trained it, as messages name it. */
  name: string;
  config: Config;
  system: StorySystem;
  /** The words that the text encoder knows. */
  vocabulary: Vocabulary;
  /** Training steps. */
  step: number;
  /** Uploads the sampled weights, and the text encoder `text.*`; an engine must run. The caller owns both. */
  upload(): { weights: State; encoder: State };
}

/**
 * Opens the model of a run.
 *
 * @param wanted default: the best checkpoint, or the last if there is none
 * @throws UserError when the run does not generate stories, or has no such checkpoint or a damaged one.
 */
export function openRunModel(folder: string, wanted?: CheckpointName): SampledModel {
  const { config, system, step, upload } = readSampledCheckpoint(folder, wanted);
  return {
    name: folder,
    config,
    system,
    vocabulary: readVocabulary(folder),
    step,
    upload: () => ({ weights: upload(), encoder: readEncoder(folder, config).encoder }),
  };
}
