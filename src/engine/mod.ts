/**
 * The engine: tfjs, the backend it runs on, and `jit`.
 *
 * `useEngine` chooses the backend once, at the start of a program. Model code calls plain tfjs ops; on `xla` a function
 * given to `jit` is traced once for each combination of shapes and compiled as a whole, on the other engines it simply
 * runs. This file is the engine's public surface, together with `install.ts`, which finds and installs plugins.
 */
import { fail } from "../base/errors.ts";
import { checkSame, explained, type JitOptions, readArguments, typesOf } from "./arguments.ts";
import "./composed/mod.ts";
import { productPlain } from "./float64.ts";
import { findPlugin, findTensorflow } from "./install.ts";
import { startWasm } from "./javascript/wasm.ts";
import { startTensorflow } from "./tensorflow/mod.ts";
import { tf, type Tree } from "./tf.ts";
import { disposeTree, mapTree } from "./tree.ts";
import type { XlaBackend } from "./xla/backend.ts";
import { defaultSettings, jitXla, startXla } from "./xla/mod.ts";
import { preloadLibraries } from "./xla/pjrt/libraries.ts";
import type { Precision } from "./xla/precision.ts";
import { type Matrix64, productXla } from "./xla/programs/float64.ts";

export { type State, type Tensor, tf, type Tree } from "./tf.ts";
export { disposeTree, leaves, mapTree } from "./tree.ts";
export type { JitOptions } from "./arguments.ts";
export type { Precision } from "./xla/precision.ts";
export { valueAndGradients, withGradient } from "./gradients.ts";
export { lstmScan } from "./lstm.ts";
export { type KernelRow, kernelTable } from "./missing.ts";
export { liveTensors } from "./tensorflow/mod.ts";
export { compileListeners, type CompileReport } from "./xla/mod.ts";
export type { Matrix64 } from "./xla/programs/float64.ts";
export { cacheVariable, clearPrograms, listPrograms, programCache } from "./xla/programs/cache.ts";

export type EngineName = "auto" | "xla" | "tensorflow" | "wasm" | "cpu";

/** The engine in use, as runs record it. */
export interface EngineInfo {
  /** The engine in use. */
  name: "xla" | "tensorflow" | "wasm" | "cpu";
  /** Plugin or package with its version. */
  version: string;
  /** Devices as the engine names them. */
  devices: string[];
  threads: number;
  /** Arithmetic of products. This field and the next two are absent in records of earlier versions. */
  precision?: Precision;
  /** Whether the same program gives the same bits in every process on such a machine. */
  deterministic?: boolean;
  /** XLA's flags that programs are compiled with, as `name=value`. */
  flags?: string[];
}

/** Numerics and device of an engine; the configuration of a run has these fields. */
export interface EngineOptions {
  /**
   * Arithmetic of matrix products and convolutions; everything else is float32. Default: float32; the others need xla.
   */
  precision?: Precision | undefined;
  /** Whether every process must compute the same bits; this costs some speed on a GPU. Default: true. */
  deterministic?: boolean | undefined;
  /** `auto`, `cpu`, `cuda` or `cuda:N`. Default: auto. */
  device?: string | undefined;
  /** Fraction of a GPU's memory that the engine may allocate, 0 to 1. Default: 0.75. */
  deviceMemory?: number | undefined;
}

let backend: XlaBackend | undefined;

/**
 * Starts an engine and makes it the backend of tfjs.
 *
 * `auto` chooses xla where its plugin is installed and wasm elsewhere. An installed plugin that does not load is an
 * error even with `auto`, because training would otherwise become many times slower without notice.
 *
 * @example
 * ```ts
 * import { tf, useEngine } from "./mod.ts";
 * const { name } = await useEngine("cpu");
 * if (name !== "cpu" || tf.getBackend() !== "cpu") throw new Error(`started ${name}`);
 * ```
 *
 * @throws UserError when the engine or the device is not available or does not load, or does not support the precision.
 */
export async function useEngine(name: EngineName, options: EngineOptions = {}): Promise<EngineInfo> {
  const {
    precision = defaultSettings.precision,
    deterministic = defaultSettings.deterministic,
    device = defaultSettings.device,
    deviceMemory: memory = defaultSettings.memory,
  } = options;
  if (!["auto", "xla", "tensorflow", "wasm", "cpu"].includes(name)) {
    fail(`There is no engine "${name}"; choose auto, xla, tensorflow, wasm or cpu.`);
  }
  const xla = name === "xla" || name === "auto";
  const plugin = xla ? findPlugin(device === "auto" ? undefined : device === "cpu" ? "cpu" : "cuda") : undefined;
  if (xla && !plugin && device.startsWith("cuda")) {
    fail(`No plugin for device=${device} is installed; run \`deno task setup --engine cuda\`, or set device=cpu.`);
  }
  if (name === "xla" && !plugin) {
    fail("The xla engine's plugin is not installed; run `deno task setup`, or choose engine=wasm.");
  }
  if (plugin) {
    preloadLibraries(plugin);
    backend = await startXla(plugin.path, { device, memory, precision, deterministic });
    const { platform, names, flags, plugin: { version } } = backend.device;
    const api = `PJRT ${version.major}.${version.minor}`;
    return {
      name: "xla",
      version: `${plugin.version} (${platform}, ${api})`,
      devices: names,
      threads: threads(),
      precision,
      deterministic,
      flags: Object.entries(flags).map(([name, value]) => `${name}=${value}`),
    };
  }
  const chosen = xla ? "wasm" : name;
  if (precision !== "float32") fail(`The ${chosen} engine computes in float32 only; precision=${precision} needs xla.`);
  if (device.startsWith("cuda")) fail(`The ${chosen} engine has no device "${device}"; that needs the xla engine.`);
  if (chosen === "tensorflow") return { ...await useTensorflow(), precision, deterministic };
  if (chosen === "wasm") await startWasm(threads());
  else await tf.setBackend("cpu");
  return {
    name: chosen,
    version: `tfjs ${tf.version_core}`,
    devices: [chosen],
    threads: chosen === "wasm" ? threads() : 1,
    precision,
    deterministic: true,
  };
}

async function useTensorflow(): Promise<EngineInfo> {
  const found = findTensorflow();
  if (!found) fail("TensorFlow is not installed; run `deno task setup --engine tensorflow`, or choose another engine.");
  const { version, gpu } = await startTensorflow(found, threads());
  return {
    name: "tensorflow",
    version: `${found.version} (library ${version}, tfjs ${tf.version_core})`,
    devices: [gpu ? "gpu" : "cpu"],
    threads: threads(),
  };
}

/** Threads of an engine: one for each processor that the system makes available to this process. */
const threads = () => navigator.hardwareConcurrency;

/** A compiled function; `dispose` frees its programs. */
export type Jitted<A extends Tree[], R extends Tree> = ((...args: A) => R) & { dispose(): void };

/**
 * Compiles a pure function of tensors: on xla to one program for each combination of shapes; on other engines it runs.
 *
 * The caller owns the results. Random numbers and data must be arguments: numbers that the function draws itself would
 * become constants of the program.
 *
 * @example
 * ```ts
 * import { jit, type Tensor, tf, useEngine } from "./mod.ts";
 * await useEngine("cpu");
 * const norm = jit((x: Tensor) => tf.sqrt(tf.sum(tf.square(x)))); // [N] → []
 * const [x, y] = [tf.tensor1d([3, 4]), tf.tensor1d([6, 8])];
 * const lengths = [norm(x).dataSync()[0], norm(y).dataSync()[0]];
 * if (lengths.join() !== "5,10") throw new Error(lengths.join());
 * ```
 *
 * @throws UserError when called with an input that is no tensor or was disposed, when the function reads a value while
 *   it is traced, or when a function of `fixed` shapes is called with others.
 */
export function jit<A extends Tree[], R extends Tree>(f: (...args: A) => R, options: JitOptions = {}): Jitted<A, R> {
  return backend && tf.getBackend() === "xla" ? jitXla(backend, f, options) : jitEager(f, options);
}

function jitEager<A extends Tree[], R extends Tree>(
  f: (...args: A) => R,
  { name = "function", donate = [], fixed = false }: JitOptions,
): Jitted<A, R> {
  let first: ReturnType<typeof typesOf> | undefined;

  function call(...args: A): R {
    const given = readArguments(args, name, donate);
    if (fixed) checkSame(given, first ??= typesOf(given), name);
    try {
      // A result that is an argument itself becomes a new handle, as on xla.
      const result = tf.tidy(() => mapTree(f(...args), (tensor) => tensor.clone()) as tf.TensorContainer) as R;
      for (const i of donate) disposeTree(args[i]!);
      return result;
    } catch (error) {
      throw explained(error, name, given);
    }
  }
  return Object.assign(call, { dispose: () => {} });
}

/**
 * A matrix product in float64, [p, q] in row-major order: compiled on xla, in plain JavaScript on the other engines,
 * about twenty times slower. For statistics of many features, for which float32 is not precise enough.
 *
 * @example
 * ```ts
 * import { product64, useEngine } from "./mod.ts";
 * await useEngine("cpu");
 * const a = { values: Float64Array.of(1, 2, 3, 4), rows: 2, columns: 2 };
 * const gram = product64({ ...a, transposed: true }, a); // aᵀa
 * if (gram.join() !== "10,14,14,20") throw new Error(gram.join());
 * ```
 *
 * @throws Error when the inner dimensions differ, which is a defect of the caller.
 */
export function product64(a: Matrix64, b: Matrix64): Float64Array<ArrayBuffer> {
  const [left, right] = [a.transposed ? a.rows : a.columns, b.transposed ? b.columns : b.rows];
  if (left !== right) throw new Error(`A product of matrices with inner dimensions ${left} and ${right}`);
  return backend && tf.getBackend() === "xla" ? productXla(backend.device, a, b) : productPlain(a, b);
}
