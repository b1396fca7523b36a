/**
 * Checkpoints: the named state of a run in one safetensors file.
 *
 * A file holds the model under its own names, Adam's moments as `adam.NAME.m|v` and the moving average as `ema.NAME`,
 * and nothing that follows from code and config. Every name and shape is compared with those of the config when it is
 * read, so the error for a file of another run names the first tensor that differs.
 */
import { createHash } from "node:crypto";
import { fail } from "../base/errors.ts";
import { reason, writeAtomic } from "../base/files.ts";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "../formats/safetensors.ts";
import { type State, tf } from "../engine/mod.ts";
import { mapNames } from "./named.ts";
import type { StateShapes, TrainState } from "./state.ts";

/** A checkpoint as numbers on the host. */
export type Stored = Record<string, StoredTensor>;

/** All tensors of a train state under their names in a file. */
export function checkpointNames<T>(state: Record<keyof TrainState, Record<string, T>>): Record<string, T> {
  return {
    ...state.model,
    ...mapNames(state.moments, (name) => `adam.${name}`),
    ...mapNames(state.ema, (name) => `ema.${name}`),
  };
}

/** Copies tensors to the host; waits for the steps that compute them. */
export async function readState(state: State): Promise<Stored> {
  const entries = await Promise.all(
    Object.entries(state).map(async ([name, tensor]) => {
      const data = await tensor.data();
      const dtype = tensor.dtype === "int32" ? "I32" : "F32";
      return [name, { dtype, shape: [...tensor.shape], data } as StoredTensor] as const;
    }),
  );
  return Object.fromEntries(entries);
}

/** SHA-256 over names, types, shapes and bytes, in an order of its own: the identity of a state. */
export function digestState(stored: Stored): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(stored).sort()) {
    const { dtype, shape, data } = stored[name]!;
    hash.update(JSON.stringify([name, dtype, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** The first tensor with NaN or infinity, if any: such a state must not replace a good checkpoint. */
export function firstNotFinite(stored: Stored): string | undefined {
  return Object.keys(stored).find((name) => {
    const { data } = stored[name]!;
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(Number(data[i]))) return true;
    return false;
  });
}

/**
 * Writes a checkpoint; on any error the former file stays.
 *
 * @throws UserError when it cannot be written, e.g. on a full disk.
 */
export function writeCheckpoint(path: string, stored: Stored, metadata: Record<string, string>): void {
  writeAtomic(path, encodeSafetensors(stored, metadata));
}

/**
 * Reads a checkpoint.
 *
 * @throws UserError when the file is missing, cut short or of another kind.
 */
export function readCheckpoint(path: string): { stored: Stored; metadata: Record<string, string> } {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    fail(`Cannot read the checkpoint "${path}": ${reason(error)}.`, error);
  }
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  return { stored: tensors, metadata };
}

/**
 * Compares a checkpoint with what is expected, name by name in alphabetical order.
 *
 * @throws UserError naming the file and its first tensor that is missing, surplus or of another shape.
 */
export function checkStored(stored: Stored, shapes: Record<string, number[]>, path: string): void {
  const names = [...new Set([...Object.keys(stored), ...Object.keys(shapes)])].sort();
  for (const name of names) {
    const [found, wanted] = [stored[name], shapes[name]];
    const trouble = !found
      ? `lacks the tensor "${name}" [${wanted}]`
      : !wanted
      ? `holds the tensor "${name}" [${found.shape}], which this run does not have`
      : found.shape.join() !== wanted.join()
      ? `holds "${name}" with shape [${found.shape}], and this run needs [${wanted}]`
      : found.dtype !== "F32"
      ? `holds "${name}" as ${found.dtype}, and this run needs F32`
      : undefined;
    if (trouble) fail(`The checkpoint "${path}" does not fit: it ${trouble}. It belongs to another run or config.`);
  }
}

/** Creates the tensors of a checkpoint, or of some entries of it. */
export function uploadStored(stored: Stored): State {
  return Object.fromEntries(
    Object.entries(stored).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor(data as Float32Array | Int32Array, shape, dtype === "I32" ? "int32" : "float32"),
    ]),
  );
}

/**
 * A checkpoint as a train state.
 *
 * @param shapes names in the order in which the state of a new run has them: a compiled step takes its tensors in that
 *   order, and a program that differs in nothing else may still round differently.
 */
export function uploadTrainState(stored: Stored, shapes: StateShapes): TrainState {
  const part = (key: keyof TrainState, prefix: string) =>
    uploadStored(Object.fromEntries(Object.keys(shapes[key]).map((name) => [name, stored[prefix + name]!])));
  return { model: part("model", ""), moments: part("moments", "adam."), ema: part("ema", "ema.") };
}
