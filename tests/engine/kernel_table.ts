/**
 * Parity of an engine's kernels with tfjs `cpu`, as a table: one line a case, run on both, values compared.
 *
 * A case draws its inputs from a stream named after it, so both engines see the same numbers in any order of tests.
 */
import { assert, assertEquals } from "@std/assert";
import { random } from "../../src/base/random.ts";
import { type Tensor, tf } from "../../src/engine/mod.ts";

/** Draws inputs; each call advances the case's stream. */
export interface Draw {
  normal(...shape: number[]): Tensor;
  /** Uniform in (0, 1). */
  uniform(...shape: number[]): Tensor;
  /** int32, from `low` to `high` − 1. */
  integers(low: number, high: number, ...shape: number[]): Tensor;
  /** bool. */
  truths(...shape: number[]): Tensor;
}

/** Runs tfjs ops and returns what to compare. */
export type Run = (draw: Draw) => Tensor | Tensor[];

export interface Case {
  kernel: string;
  /** What is special about it. */
  label: string;
  run: Run;
  /** What `cpu` runs instead, where it has no such kernel. */
  reference?: Run;
  /** Allowed difference relative to the larger of the value and the tensor's largest value; default 1e-5. */
  tolerance?: number;
}

/** A table under construction: `add(kernel, label, run)`. */
export function table(): {
  cases: Case[];
  add: (kernel: string, label: string, run: Run, more?: Partial<Case>) => void;
} {
  const cases: Case[] = [];
  return { cases, add: (kernel, label, run, more) => cases.push({ kernel, label, run, ...more }) };
}

/** Numbers that arithmetic treats specially, as a float32 tensor. */
export const special = () => tf.tensor1d([-0, 0, NaN, Infinity, -Infinity, 1e-30, -1e-30, 1e30, -1e30, 0.5, -2.5, 3.5]);

function drawFrom(name: string): Draw {
  const stream = random(1, "kernel table", name);
  const fill = (shape: number[], next: () => number) => Array.from({ length: tf.util.sizeFromShape(shape) }, next);
  return {
    normal: (...shape) => tf.tensor(fill(shape, stream.normal), shape, "float32"),
    uniform: (...shape) => tf.tensor(fill(shape, stream.uniform), shape, "float32"),
    integers: (low, high, ...shape) => tf.tensor(fill(shape, () => low + stream.integer(high - low)), shape, "int32"),
    truths: (...shape) => tf.tensor(fill(shape, () => stream.integer(2)), shape, "bool"),
  };
}

interface Result {
  shape: number[];
  dtype: string;
  values: number[];
}

/** Runs a case on one backend; the kernels that ran come with the results. */
async function runOn(backend: string, name: string, run: Run): Promise<{ results: Result[]; kernels: string[] }> {
  await tf.setBackend(backend);
  let results: Result[] = [];
  const { kernelNames } = await tf.profile(() => {
    tf.tidy(() => {
      const tensors = [run(drawFrom(name))].flat();
      results = tensors.map((t) => ({ shape: t.shape, dtype: t.dtype, values: [...t.dataSync()] }));
    });
    return [];
  });
  return { results, kernels: kernelNames };
}

/** Runs a case on `backend` and on `cpu` and compares shape, dtype and values. */
export async function assertParity(backend: string, c: Case): Promise<void> {
  const name = `${c.kernel}, ${c.label}`;
  const expected = await runOn("cpu", name, c.reference ?? c.run);
  const actual = await runOn(backend, name, c.run);
  assert(actual.kernels.includes(c.kernel), `${name}: the case never runs the kernel, only ${actual.kernels}`);
  assertEquals(actual.results.length, expected.results.length, name);
  for (const [i, result] of actual.results.entries()) {
    assertClose(result, expected.results[i]!, c.tolerance ?? 1e-5, `${name}, result ${i}`);
  }
}

/** Fails unless two results agree: floats within the tolerance, NaN and infinities exactly, integers exactly. */
export function assertClose(actual: Result, expected: Result, tolerance: number, name: string): void {
  assertEquals(actual.shape, expected.shape, `${name}: shape`);
  assertEquals(actual.dtype, expected.dtype, `${name}: dtype`);
  const exact = actual.dtype !== "float32";
  const scale = expected.values.reduce(
    (top, value) => Number.isFinite(value) ? Math.max(top, Math.abs(value)) : top,
    0,
  );
  // Against the largest value, unless it is so large that it would hide everything else.
  const floor = scale > 1e4 ? 1e-20 : scale;
  for (const [i, value] of actual.values.entries()) {
    const wanted = expected.values[i]!;
    const same = value === wanted || Number.isNaN(value) && Number.isNaN(wanted);
    const close = !exact && Math.abs(value - wanted) <= tolerance * Math.max(Math.abs(wanted), floor);
    assert(same || close, `${name}: element ${i} is ${value}, on cpu ${wanted}`);
  }
}
