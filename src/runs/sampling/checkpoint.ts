/** The checkpoint that a run draws with: found, checked, and its generator uploaded. */
import { type Config, validateConfig } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import type { State } from "../../engine/mod.ts";
import { systemByName } from "../../model/systems/mod.ts";
import type { System } from "../../model/contract.ts";
import {
  checkpointNames,
  checkStored,
  digestState,
  readCheckpoint,
  type Stored,
  uploadStored,
} from "../../train/checkpoint.ts";
import { carryShapes } from "../../train/gan.ts";
import type { Best } from "../../train/recorder.ts";
import { entriesUnder, mapNames } from "../../train/state.ts";
import { exists, lastCheckpoint } from "../../records/checkpoints.ts";
import { readStatus } from "../../records/status.ts";

/** A run's checkpoint, read and checked. */
export interface Chosen {
  config: Config;
  system: System;
  /** Which file it is: the best one is chosen on the val split. */
  name: "best" | "last";
  step: number;
  /** SHA-256 of its state. */
  state: string;
  /** The best checkpoint of the run so far and its score on val, see `chosenBy` of validation.ts. */
  best: Best | undefined;
  /** Uploads the generator as it is sampled; an engine must run. The caller owns it. */
  upload(): State;
  /** Uploads the discriminator, likewise. */
  uploadJudge(): State;
}

/**
 * Reads the checkpoint of a run that draws.
 *
 * @param wanted default: the best, or the last if there is none
 * @throws UserError when the run is one of a text encoder, or has no such checkpoint, or a damaged one.
 */
export function readChosen(folder: string, wanted?: "best" | "last"): Chosen {
  const status = readStatus(folder);
  if (status.kind !== "gan") {
    fail(`"${folder}" is the pre-training of a text encoder or classifier; name a run that draws.`);
  }
  const config = validateConfig(readJson(`${folder}/config.json`));
  const system = systemByName(config.system);
  const path = checkpointPath(folder, wanted);
  const { stored, metadata } = readCheckpoint(path);
  checkStored(stored, checkpointNames(carryShapes(system, config)), path);
  const state = digestState(stored);
  if (metadata.state !== state) {
    fail(
      `The checkpoint "${path}" is damaged: its tensors have the digest ${state.slice(0, 12)}, ` +
        `it was saved with ${metadata.state?.slice(0, 12) ?? "none"}.`,
    );
  }
  const matching = (pattern: RegExp) =>
    Object.fromEntries(Object.entries(stored).filter(([name]) => pattern.test(name)));
  const [drawing, judging] = [matching(/^(ema\.)?generator\./), matching(/^discriminator\./)];
  return {
    config,
    system,
    name: path.endsWith("/best.safetensors") ? "best" : "last",
    step: Number(metadata.step),
    state,
    best: (JSON.parse(metadata.best ?? "null") as Best | null) ?? undefined,
    upload: () => uploadWeights(drawing),
    uploadJudge: () => uploadStored(judging),
  };
}

/** The generator as it is sampled: its moving average where there is one. */
function uploadWeights(stored: Stored): State {
  const averaged = entriesUnder(stored, "ema.");
  const chosen = Object.keys(averaged).length > 0 ? mapNames(averaged, (name) => name.slice("ema.".length)) : stored;
  return uploadStored(chosen);
}

function checkpointPath(folder: string, wanted?: "best" | "last"): string {
  const best = `${folder}/checkpoints/best.safetensors`;
  const path = wanted === "last" || (!wanted && !exists(best)) ? lastCheckpoint(folder) : best;
  if (!exists(path)) {
    fail(
      `The run "${folder}" has no checkpoint "${path.split("/").at(-1)}" yet; let it train to one (deno task resume).`,
    );
  }
  return path;
}
