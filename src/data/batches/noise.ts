/**
 * Random inputs of a step, as plain arrays.
 *
 * A compiled step freezes whatever it draws itself, so every random tensor enters as an input. Each is a stream named
 * by the seed, what it is for, its own name and the step: a resumed run draws the same without any saved state, and any
 * thread may do the drawing.
 */
import { random } from "../../base/random.ts";

/** What a system wants drawn: a shape and a distribution for each name. */
export type NoiseSpec = Record<string, { shape: number[]; kind: "normal" | "logistic" }>;

/** Drawn values by name, each as long as its shape says. */
export type Noise = Record<string, Float32Array<ArrayBuffer>>;

/**
 * Draws the noise of a step, or of a grid or a validation pass.
 *
 * @param path the stream, e.g. `"noise"`; the tensor's name and `index` follow it.
 */
export function noiseValues(spec: NoiseSpec, seed: number, path: string, index: number): Noise {
  return Object.fromEntries(
    Object.entries(spec).map(([name, { shape, kind }]) => {
      const stream = random(seed, path, name, index);
      const values = new Float32Array(count(shape));
      for (let i = 0; i < values.length; i++) {
        values[i] = kind === "normal" ? stream.normal() : logistic(stream.uniform());
      }
      return [name, values];
    }),
  );
}

/** A standard logistic variable from a uniform one in (0, 1); as a double, so that both logarithms are finite. */
function logistic(u: number): number {
  return Math.log(u) - Math.log1p(-u);
}

/** An inverted dropout mask: 0 with probability `rate`, else 1/(1 − rate). */
export function dropoutValues(shape: number[], rate: number, seed: number, step: number): Float32Array<ArrayBuffer> {
  const kept = 1 / (1 - rate);
  const values = new Float32Array(count(shape)).fill(kept);
  if (rate === 0) return values; // nothing to draw
  const stream = random(seed, "dropout", step);
  for (let i = 0; i < values.length; i++) if (stream.uniform() < rate) values[i] = 0;
  return values;
}

function count(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
