/** The inputs of a step as tensors: uploaded batches and noise, and the condition that frozen networks compute. */
import type { SharedConfig } from "../base/config.ts";
import type { HostBatch } from "../data/batches/host_tensor.ts";
import { type Noise, type NoiseSpec, noiseValues } from "../data/batches/noise.ts";
import { jit, type State, tf } from "../engine/mod.ts";
import type { Trainable } from "../model/contract.ts";

/** A batch as tensors; integers stay integers. The caller owns them. */
export function uploadBatch(batch: HostBatch): State {
  return Object.fromEntries(
    Object.entries(batch).map(([field, { data, shape }]) => [
      field,
      tf.tensor(data, shape, data instanceof Int32Array ? "int32" : "float32"),
    ]),
  );
}

/**
 * Samples the noise of a step, or of a grid or a validation pass, and uploads it.
 *
 * @param path the stream, e.g. `"noise"`; the tensor's name and `index` follow it.
 */
export function sampleNoise(spec: NoiseSpec, seed: number, path: string, index: number): State {
  return uploadNoise(spec, noiseValues(spec, seed, path, index));
}

/** Sampled values as tensors of the shapes that `spec` names. */
export function uploadNoise(spec: NoiseSpec, noise: Noise): State {
  return Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => [name, tf.tensor(noise[name]!, shape, "float32")]),
  );
}

/**
 * Computes the condition of a batch from its fields other than `images`. The caller disposes of batch and result, which
 * may share tensors.
 */
export type Conditioner = ((frozen: State, batch: State) => State) & { dispose(): void };

/** Compiles `trainable.condition`, once for a run; without one the batch is passed through. */
export function conditioner(trainable: Trainable, config: SharedConfig): Conditioner {
  if (!trainable.condition) {
    return Object.assign((_: State, { images: __, ...batch }: State) => batch, { dispose() {} });
  }
  const compiled = jit(
    (frozen: State, batch: State) => trainable.condition!(config, frozen, batch),
    { name: `condition-${trainable.name}` },
  );
  const condition = (frozen: State, { images: _, ...batch }: State) => compiled(frozen, batch);
  return Object.assign(condition, { dispose: () => compiled.dispose() });
}
