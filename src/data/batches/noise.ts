/**
 * Random inputs of a training step, as plain arrays.
 *
 * A compiled step would repeat numbers that it sampled itself, so every random tensor is an input. Each is a stream
 * named by the seed, its purpose, its own name and the step: a resumed run repeats it without saved state, on any
 * thread.
 */
import { type Random, random } from "../../base/random.ts";

/**
 * One random input: its shape and distribution. `uniform` is in (−1, 1); a dropout mask holds 0 with probability `rate`,
 * else 1/(1 − rate).
 */
export type Draw =
  | { shape: number[]; kind: "normal" | "logistic" | "uniform" }
  | { shape: number[]; kind: "dropout"; rate: number };

/** The random inputs of a step by name. */
export type NoiseSpec = Record<string, Draw>;

/** Sampled values by name, each as long as its shape says. */
export type Noise = Record<string, Float32Array<ArrayBuffer>>;

/**
 * Samples the noise of a training step, a grid or a validation pass.
 *
 * @param path the stream, e.g. `"noise"`; the tensor's name and `index` follow it. A dropout mask's stream is named by
 *   its own name and `index` alone.
 */
export function noiseValues(spec: NoiseSpec, seed: number, path: string, index: number): Noise {
  return Object.fromEntries(
    Object.entries(spec).map(([name, draw]) => {
      if (draw.kind === "dropout") return [name, dropoutValues(draw.shape, draw.rate, seed, index, name)];
      const stream = random(seed, path, name, index);
      const values = new Float32Array(count(draw.shape));
      for (let i = 0; i < values.length; i++) {
        values[i] = sample(draw.kind, stream);
      }
      return [name, values];
    }),
  );
}

function sample(kind: "normal" | "logistic" | "uniform", stream: Random): number {
  if (kind === "normal") return stream.normal();
  return kind === "logistic" ? logistic(stream.uniform()) : 2 * stream.uniform() - 1;
}

/** A standard logistic variable from a uniform one in (0, 1); as a double, so that both logarithms are finite. */
function logistic(u: number): number {
  return Math.log(u) - Math.log1p(-u);
}

/** An inverted dropout mask: 0 with probability `rate`, else 1/(1 − rate). */
export function dropoutValues(
  shape: number[],
  rate: number,
  seed: number,
  step: number,
  name = "dropout",
): Float32Array<ArrayBuffer> {
  const kept = 1 / (1 - rate);
  const values = new Float32Array(count(shape)).fill(kept);
  if (rate === 0) return values; // nothing to sample
  const stream = random(seed, name, step);
  for (let i = 0; i < values.length; i++) if (stream.uniform() < rate) values[i] = 0;
  return values;
}

function count(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
