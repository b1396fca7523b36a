/** The checkpoint from which a run is resumed: its last one, checked. */
import { fail } from "../base/errors.ts";
import { exists } from "../base/files.ts";
import { checkpointNames, checkStored, digestState, readCheckpoint, uploadTrainState } from "../train/checkpoint.ts";
import type { Best, TrainingStart } from "../train/recorder.ts";
import type { StateShapes } from "../train/state.ts";
import type { Status } from "./status.ts";

/** The path of a run's last checkpoint. */
export const lastCheckpoint = (folder: string): string => `${folder}/checkpoints/last.safetensors`;

/**
 * Reads a run's last checkpoint.
 *
 * @param shapes of the train state, see `stateShapes`.
 * @returns undefined for a run that was stopped before its first checkpoint; it starts again, with the same random
 *   numbers.
 * @throws UserError when the checkpoint is lost, cut short, damaged, or belongs to another run.
 */
export function readStart(
  folder: string,
  kind: Status["kind"],
  shapes: StateShapes,
): TrainingStart | undefined {
  const path = lastCheckpoint(folder);
  if (!exists(path)) {
    if (!exists(`${folder}/digests.json`)) return undefined;
    // A digest is written before its checkpoint: a single one may belong to an unfinished checkpoint.
    const steps = Object.keys(JSON.parse(Deno.readTextFileSync(`${folder}/digests.json`)) as object);
    if (steps.length < 2) return undefined;
    fail(`The run "${folder}" saved checkpoints, but "${path}" is gone; put it back or start a new run.`);
  }
  const { stored, metadata } = readCheckpoint(path);
  if (metadata.kind !== undefined && metadata.kind !== kind) {
    fail(`The checkpoint "${path}" is one of a ${metadata.kind} run, and this is a ${kind} run.`);
  }
  checkStored(stored, checkpointNames(shapes), path);
  const digest = digestState(stored);
  if (metadata.format !== "storyloom-checkpoint" || metadata.state !== digest) {
    fail(
      `The checkpoint "${path}" is damaged: its tensors have the digest ${digest.slice(0, 12)}, ` +
        `it was saved with ${metadata.state?.slice(0, 12) ?? "none"}.`,
    );
  }
  const best = JSON.parse(metadata.best ?? "null") as Best | null;
  return { step: Number(metadata.step), state: uploadTrainState(stored, shapes), best: best ?? undefined };
}
