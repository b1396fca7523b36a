/**
 * Parameters as plain declarations.
 *
 * Each layer declares its tensors: names, shapes and initial values. Nothing is created, so counting the parameters of
 * a model (Table 1) needs no memory, and a checkpoint can be checked against the declaration by name and shape.
 */
import { drawAll } from "../base/normals.ts";
import { random } from "../base/random.ts";
import { type State, tf } from "../engine/mod.ts";

/** The initial values of a tensor. */
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
  /** False for tensors that no optimiser trains: running statistics, the vectors of spectral norm. */
  trainable: boolean;
}

/** A trainable kernel that starts from N(0, std²), by default N(0, 0.02²). [authors; all peers] */
export function kernel(name: string, shape: number[], std = 0.02): Parameter {
  return { name, shape, init: { kind: "normal", mean: 0, std }, trainable: true };
}

/** A trainable tensor that starts from one value, e.g. a bias at 0. */
export function constant(name: string, shape: number[], value: number): Parameter {
  return { name, shape, init: { kind: "constant", value }, trainable: true };
}

/** A trainable tensor that starts from uniform values in ±limit. */
export function uniform(name: string, shape: number[], limit: number): Parameter {
  return { name, shape, init: { kind: "uniform", limit }, trainable: true };
}

/** A trainable kernel whose initial values keep the scale of activations (He et al., 2015). */
export function heKernel(name: string, shape: number[]): Parameter {
  const inputs = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  return {
    name: `${name}.kernel`,
    shape,
    init: { kind: "normal", mean: 0, std: Math.sqrt(2 / inputs) },
    trainable: true,
  };
}

/** The same declaration as a tensor that is not trained. */
export function untrained(parameter: Parameter): Parameter {
  return { ...parameter, trainable: false };
}

/**
 * Creates every declared tensor (float32).
 *
 * Each is sampled from a stream of its own, `(seed, "init", name)`: a new layer does not change the initial values of
 * the others.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { useEngine } from "../engine/mod.ts";
 * import { constant, countTrainable, initialize, kernel, untrained } from "./parameters.ts";
 *
 * await useEngine("cpu");
 * const parameters = [
 *   kernel("generator.fc.kernel", [3, 2]),
 *   constant("generator.fc.bias", [2], 0),
 *   untrained(constant("generator.fc.bn.mean", [2], 0)),
 * ];
 * assertEquals(countTrainable(parameters), 3 * 2 + 2);
 * const [all, one] = [initialize(parameters, 1), initialize(parameters.slice(0, 1), 1)];
 * assertEquals(Object.keys(all), parameters.map(({ name }) => name));
 * const values = (state: typeof all) => state["generator.fc.kernel"]!.dataSync();
 * assertEquals(values(all), values(one)); // further tensors do not change it
 * ```
 */
export function initialize(parameters: Parameter[], seed: number): State {
  const normal = parameters.flatMap(({ name, shape, init }) =>
    init.kind === "normal"
      ? [{ name, shape, draw: { seed, path: ["init", name], n: size(shape), mean: init.mean, std: init.std } }]
      : []
  );
  const drawn = drawAll(normal.map(({ draw }) => draw), (values, i) => tf.tensor(values, normal[i]!.shape));
  const tensors = new Map(normal.map(({ name }, i) => [name, drawn[i]!]));
  return Object.fromEntries(
    parameters.map(({ name, shape, init }) => {
      if (init.kind === "normal") return [name, tensors.get(name)!];
      const stream = random(seed, "init", name);
      const next = init.kind === "uniform" ? () => init.limit * (2 * stream.uniform() - 1) : () => init.value;
      return [name, tf.tensor(Float32Array.from({ length: size(shape) }, next), shape)];
    }),
  );
}

/** Names of the trainable tensors whose name starts with `prefix`, e.g. `"generator."`. */
export function trainableNames(parameters: Parameter[], prefix = ""): string[] {
  return parameters.filter(({ name, trainable }) => trainable && name.startsWith(prefix)).map(({ name }) => name);
}

/** Number of trainable scalars in the parameters whose name starts with `prefix`. */
export function countTrainable(parameters: Parameter[], prefix = ""): number {
  return parameters.filter(({ name, trainable }) => trainable && name.startsWith(prefix))
    .reduce((sum, { shape }) => sum + size(shape), 0);
}

/** Trainable scalars by part, the first two words of the name: `{"generator.fc": 12222464, …}`, in declared order. */
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
