/** Noise as tensors; see the data room's draws.ts for how it is drawn. */
import { type Noise, type NoiseSpec, noiseValues } from "../data/batches/noise.ts";
import { type State, tf } from "../engine/mod.ts";

/**
 * Draws the noise of a step, or of a grid or a validation pass, and uploads it.
 *
 * @param path the stream, e.g. `"noise"`; the tensor's name and `index` follow it.
 */
export function drawNoise(spec: NoiseSpec, seed: number, path: string, index: number): State {
  return uploadNoise(spec, noiseValues(spec, seed, path, index));
}

/** Drawn values as tensors of the shapes that `spec` names. */
export function uploadNoise(spec: NoiseSpec, noise: Noise): State {
  return Object.fromEntries(
    Object.entries(spec).map(([name, { shape }]) => [name, tf.tensor(noise[name]!, shape, "float32")]),
  );
}
