/** The checkpoints of a run: their names and paths, and the last one, from which a run is resumed, checked. */
import { fail } from "../base/errors.ts";
import { exists } from "../base/files.ts";
import { checkpointNames, checkStored, digestState, readCheckpoint, uploadTrainState } from "../train/checkpoint.ts";
import type { Best, TrainingStart } from "../train/recorder.ts";
import type { StateShapes } from "../train/state.ts";
import type { Status } from "./status.ts";

/** A checkpoint's name in its run: the best one on val, the last one, or one that `record.keep` kept. */
export type CheckpointName = "best" | "last" | KeptName;
type KeptName = `step-${number}`;

/** The name of the checkpoint that `record.keep` keeps of a step. */
export const keptName = (step: number): KeptName => `step-${step}`;

/** Whether a checkpoint is one that `record.keep` kept. */
export const isKept = (name: CheckpointName): name is KeptName => name !== "best" && name !== "last";

/** The file of a checkpoint. */
export const checkpointPath = (folder: string, name: CheckpointName): string =>
  `${folder}/checkpoints/${name}.safetensors`;

/** The file of a run's last checkpoint. */
export const lastCheckpoint = (folder: string): string => checkpointPath(folder, "last");

/** Whether a text is the name of a checkpoint. */
export const isCheckpointName = (text: string): text is CheckpointName => /^(best|last|step-[1-9]\d*)$/.test(text);

/** The checkpoints that `record.keep` kept of a run, in order of their steps. */
export function keptCheckpoints(folder: string): CheckpointName[] {
  const path = `${folder}/checkpoints`;
  const files = exists(path) ? [...Deno.readDirSync(path)] : [];
  const steps = files.flatMap(({ name }) => /^step-([1-9]\d*)\.safetensors$/.exec(name)?.[1] ?? []).map(Number);
  return steps.sort((a, b) => a - b).map(keptName);
}

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
