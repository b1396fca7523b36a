/** The checkpoint from which a run generates: found, checked, and uploaded. */
import { fail } from "../../base/errors.ts";
import { exists, readJson } from "../../base/files.ts";
import type { State } from "../../engine/mod.ts";
import { type Config, validateConfig } from "../../model/config.ts";
import { systemByName } from "../../model/systems/mod.ts";
import type { StorySystem } from "../../model/contract.ts";
import {
  checkpointNames,
  checkStored,
  digestState,
  readCheckpoint,
  type Stored,
  uploadStored,
} from "../../train/checkpoint.ts";
import type { Best } from "../../train/recorder.ts";
import { entriesUnder, mapNames } from "../../train/named.ts";
import { stateShapes } from "../../train/state.ts";
import type { DataRecord } from "../../records/create.ts";
import { recordedShape } from "../workplace.ts";
import { type CheckpointName, checkpointPath, isKept, keptCheckpoints } from "../../records/checkpoints.ts";
import { readStatus } from "../../records/status.ts";

/** A run's checkpoint, read and checked. */
export interface SampledCheckpoint {
  config: Config;
  system: StorySystem;
  /** Which file it is: the best one is chosen on the val split. */
  name: CheckpointName;
  step: number;
  /** SHA-256 of its state. */
  state: string;
  /** The best checkpoint of the run so far and its score on val, see `bestBy` of validation.ts. */
  best: Best | undefined;
  /** The weights as they are sampled: the moving average where there is one. */
  weights: Stored;
  /** Uploads {@link weights}; an engine must run. The caller owns them. */
  upload(): State;
  /** Uploads the rest of the model, e.g. the discriminator, likewise. */
  uploadRest(): State;
}

/**
 * Reads the checkpoint of a run that generates stories.
 *
 * @param wanted default: the best, or the last if there is none
 * @throws UserError when the run is one of a text encoder, or has no such checkpoint, or a damaged one.
 */
export function readSampledCheckpoint(folder: string, wanted?: CheckpointName): SampledCheckpoint {
  const status = readStatus(folder);
  if (status.kind !== "gan") {
    fail(`"${folder}" is the pre-training of a text encoder or classifier; name a run that generates stories.`);
  }
  const config = validateConfig(readJson(`${folder}/config.json`));
  const system = systemByName(config.system);
  const name = chosenCheckpoint(folder, wanted);
  const path = checkpointPath(folder, name);
  const { stored, metadata } = readCheckpoint(path);
  const shapes = stateShapes(system, config, recordedShape(readJson<DataRecord>(`${folder}/data.json`)));
  checkStored(stored, checkpointNames(shapes), path);
  const state = digestState(stored);
  if (metadata.state !== state) {
    fail(
      `The checkpoint "${path}" is damaged: its tensors have the digest ${state.slice(0, 12)}, ` +
        `it was saved with ${metadata.state?.slice(0, 12) ?? "none"}.`,
    );
  }
  const prefix = system.average?.(config).prefix ?? "";
  const part = (names: string[]): Stored => Object.fromEntries(names.map((name) => [name, stored[name]!]));
  const isSampled = (name: string) => name.startsWith(prefix);
  const weights = {
    ...part(Object.keys(shapes.model).filter(isSampled)),
    ...mapNames(entriesUnder(stored, "ema."), (name) => name.slice("ema.".length)),
  };
  return {
    config,
    system,
    name,
    step: Number(metadata.step),
    state,
    best: (JSON.parse(metadata.best ?? "null") as Best | null) ?? undefined,
    weights,
    upload: () => uploadStored(weights),
    uploadRest: () => uploadStored(part(Object.keys(shapes.model).filter((name) => !isSampled(name)))),
  };
}

/** The wanted checkpoint, which must exist. */
function chosenCheckpoint(folder: string, wanted?: CheckpointName): CheckpointName {
  const name = wanted ?? (exists(checkpointPath(folder, "best")) ? "best" : "last");
  if (exists(checkpointPath(folder, name))) return name;
  if (!isKept(name)) {
    fail(`The run "${folder}" has no checkpoint "${name}.safetensors" yet; let it train to one (deno task resume).`);
  }
  const kept = keptCheckpoints(folder);
  fail(
    `The run "${folder}" has kept no checkpoint "${name}"; ` +
      (kept.length > 0 ? `it has ${kept.join(", ")}.` : "train one that keeps them: deno task train record.keep=true."),
  );
}
