/**
 * Noise, drawn on the host.
 *
 * A compiled step freezes whatever it draws itself, so every random tensor enters as an input. Each is a stream named
 * by the seed, what it is for, its own name and the step: a resumed run draws the same without any saved state.
 */
import { random } from "../base/random.ts";
import { type State, tf } from "../engine/mod.ts";

/** What a system wants drawn: a shape and a distribution for each name. */
export type NoiseSpec = Record<string, { shape: number[]; kind: "normal" | "logistic" }>;

/**
 * Draws the noise of a step, or of a grid or a validation pass.
 *
 * @param path the stream, e.g. `"noise"`; the tensor's name and `index` follow it.
 */
export function drawNoise(spec: NoiseSpec, seed: number, path: string, index: number): State {
  return Object.fromEntries(
    Object.entries(spec).map(([name, { shape, kind }]) => {
      const stream = random(seed, path, name, index);
      const size = shape.reduce((a, b) => a * b, 1);
      const values = kind === "normal" ? stream.normals(size) : Float32Array.from({ length: size }, () => {
        const u = stream.uniform(); // in (0, 1) as a double, so that both logarithms are finite
        return Math.log(u) - Math.log1p(-u);
      });
      return [name, tf.tensor(values, shape, "float32")];
    }),
  );
}

/** An inverted dropout mask: 0 with probability `rate`, else 1/(1 − rate). */
export function drawDropout(shape: number[], rate: number, seed: number, step: number): tf.Tensor {
  const stream = random(seed, "dropout", step);
  const size = shape.reduce((a, b) => a * b, 1);
  const kept = 1 / (1 - rate);
  return tf.tensor(Float32Array.from({ length: size }, () => stream.uniform() < rate ? 0 : kept), shape, "float32");
}
