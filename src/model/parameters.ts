/**
 * Parameters as plain declarations.
 *
 * Each layer says which named tensors it needs, their shapes and how they start; nothing is created on the way. Counting
 * a model (Table 1) therefore needs no memory, and a checkpoint can be checked against the declaration by name and shape.
 */
import { random } from "../base/random.ts";
import { type State, tf } from "../engine/mod.ts";

/** How a tensor starts. */
export type Init =
  | { kind: "normal"; mean: number; std: number }
  | { kind: "uniform"; limit: number }
  | { kind: "constant"; value: number };

/** One named tensor of a model. */
export interface Parameter {
  /** Network, part, layer, tensor: e.g. `generator.up1.conv.kernel`. */
  name: string;
  shape: number[];
  init: Init;
  /** False for what the model carries along without learning it: running statistics, spectral norm's vectors. */
  trainable: boolean;
}

/** A learnt kernel; N(0, 0.02) as in every peer's code. [authors] */
export function kernel(name: string, shape: number[]): Parameter {
  return { name, shape, init: { kind: "normal", mean: 0, std: 0.02 }, trainable: true };
}

/** A learnt tensor that starts from one value, e.g. a bias at 0. */
export function constant(name: string, shape: number[], value: number): Parameter {
  return { name, shape, init: { kind: "constant", value }, trainable: true };
}

/** A learnt tensor that starts uniformly in ±limit. */
export function uniform(name: string, shape: number[], limit: number): Parameter {
  return { name, shape, init: { kind: "uniform", limit }, trainable: true };
}

/** The same declaration as something that is carried along, not learnt. */
export function carried(parameter: Parameter): Parameter {
  return { ...parameter, trainable: false };
}

/**
 * Creates every declared tensor (float32).
 *
 * Each draws from its own stream `(seed, "init", name)`: adding a layer leaves all other start values as they were.
 */
export function initialize(parameters: Parameter[], seed: number): State {
  return Object.fromEntries(
    parameters.map(({ name, shape, init }) => [name, tf.tensor(startValues(name, size(shape), init, seed), shape)]),
  );
}

function startValues(name: string, count: number, init: Init, seed: number): Float32Array {
  const stream = random(seed, "init", name);
  if (init.kind === "normal") return stream.normals(count, init.mean, init.std);
  if (init.kind === "constant") return new Float32Array(count).fill(init.value);
  return Float32Array.from({ length: count }, () => init.limit * (2 * stream.uniform() - 1));
}

/** Names of the learnt tensors whose name starts with `prefix`, e.g. `"generator."`: what one optimiser moves. */
export function trainableNames(parameters: Parameter[], prefix = ""): string[] {
  return parameters.filter(({ name, trainable }) => trainable && name.startsWith(prefix)).map(({ name }) => name);
}

/** Number of learnt scalars among the parameters whose name starts with `prefix`. */
export function countTrainable(parameters: Parameter[], prefix = ""): number {
  return parameters.filter(({ name, trainable }) => trainable && name.startsWith(prefix))
    .reduce((sum, { shape }) => sum + size(shape), 0);
}

/** Learnt scalars by part, the first two words of the name: `{"generator.fc": 12222464, …}`, in declared order. */
export function countByPart(parameters: Parameter[]): Record<string, number> {
  const parts: Record<string, number> = {};
  for (const { name, shape, trainable } of parameters) {
    const part = name.split(".").slice(0, 2).join(".");
    if (trainable) parts[part] = (parts[part] ?? 0) + size(shape);
  }
  return parts;
}

/** Elements of a shape; 1 for a scalar. */
function size(shape: number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}
