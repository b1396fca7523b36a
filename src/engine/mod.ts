/**
 * The engine room: tfjs, the engine it runs on, and `jit`.
 *
 * `useEngine` chooses once, at the start of a program. Model code calls plain tfjs ops; on `xla` a function given to
 * `jit` is traced once for each shape and compiled as a whole, on the other engines it simply runs.
 */
import { fail } from "../base/errors.ts";
import { findPlugin, findTensorflow } from "./install.ts";
import "./composed/mod.ts";
import { productPlain } from "./float64.ts";
import { startWasm } from "./javascript/wasm.ts";
import { startTensorflow } from "./tensorflow/mod.ts";
import { tf, type Tree } from "./tf.ts";
import { checkSame, explained, readArguments, typesOf } from "./arguments.ts";
import { disposeTree, mapTree } from "./tree.ts";
import type { Precision } from "./xla/precision.ts";
import type { XlaBackend } from "./xla/backend.ts";
import { type Matrix64, productXla } from "./xla/programs/float64.ts";
import { defaultSettings, jitXla, startXla } from "./xla/mod.ts";
import { preloadLibraries } from "./xla/pjrt/libraries.ts";

export { type State, type Tensor, tf, type Tree } from "./tf.ts";
export { disposeTree, leaves, mapTree } from "./tree.ts";
export type { Precision } from "./xla/precision.ts";
export { valueAndGradients, withGradient } from "./gradients.ts";
export { lstmScan } from "./lstm.ts";
export { type KernelRow, kernelTable } from "./missing.ts";
export type { Matrix64 } from "./xla/programs/float64.ts";
export { cacheVariable, clearPrograms, listPrograms, programCache } from "./xla/programs/cache.ts";

export type EngineName = "auto" | "xla" | "tensorflow" | "wasm" | "cpu";

/** What a run records about the engine it ran on. */
export interface EngineInfo {
  /** The engine in use. */
  name: "xla" | "tensorflow" | "wasm" | "cpu";
  /** Plugin or package with its version. */
  version: string;
  /** Devices as the engine names them. */
  devices: string[];
  threads: number;
  /** What products are computed in; absent, as the next two, in records of earlier versions. */
  precision?: Precision;
  /** Whether the same program gives the same bits in every process on such a machine. */
  deterministic?: boolean;
  /** XLA's flags that programs are compiled with, as `name=value`. */
  flags?: string[];
}

/** How an engine computes, and where; a run's configuration is one of these. */
export interface EngineOptions {
  /** Arithmetic of matrix products and convolutions; all else is float32. Default: float32. Others need xla. */
  precision?: Precision;
  /** Exclude what gives other bits from one process to the next, at some cost on a GPU. Default: true. */
  deterministic?: boolean;
  /** `auto`, `cpu`, `cuda` or `cuda:N`. Default: auto. */
  device?: string;
  /** Share of a GPU's memory that the engine may take. Default: 0.75. */
  deviceMemory?: number;
}

const { memory: deviceMemory, ...numerics } = defaultSettings;
const defaults: Required<EngineOptions> = { ...numerics, deviceMemory };

let backend: XlaBackend | undefined;

/**
 * Starts an engine. `auto` takes xla where its plugin is installed and wasm elsewhere; a plugin that is there and does
 * not load is an error even then, since training would silently become many times slower.
 *
 * @throws UserError when the engine or the device asked for is not there or does not load, or cannot compute as asked.
 */
export async function useEngine(name: EngineName, options: EngineOptions = {}): Promise<EngineInfo> {
  const { precision, deterministic, device, deviceMemory: memory } = { ...defaults, ...options };
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

/** Threads that an engine works with: one for each processor the system lets us use. */
const threads = () => navigator.hardwareConcurrency;

/** Options of {@link jit}. */
export interface JitOptions {
  /** Names the compiled program in errors and timings. */
  name?: string;
  /** Positions of arguments whose tensors the call uses up: their memory is re-used, they are disposed afterwards. */
  donate?: number[];
  /**
   * One program is all there is to be: a call with other shapes, dtypes or names than the first is an error that names
   * the input, where it would else be compiled anew.
   */
  fixed?: boolean;
}

/** A compiled function; `dispose` frees its programs. */
export type Jitted<A extends Tree[], R extends Tree> = ((...args: A) => R) & { dispose(): void };

/**
 * Compiles a pure function of tensors: on xla as one program for each combination of shapes; elsewhere it simply runs.
 *
 * The caller owns the results. Noise and data must be arguments: what the function draws itself would be frozen.
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
      // A result that is an argument passed through gets a handle of its own, as on xla.
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
 * A matrix product in float64, [p, q] row after row: on xla compiled, on the other engines in plain JavaScript, some
 * twenty times as slow. For statistics of many features, where float32 would lose the digits that are asked for.
 *
 * @throws Error when the inner sides differ: a defect of the caller.
 */
export function product64(a: Matrix64, b: Matrix64): Float64Array<ArrayBuffer> {
  const [left, right] = [a.transposed ? a.rows : a.columns, b.transposed ? b.columns : b.rows];
  if (left !== right) throw new Error(`A product of matrices with inner sides ${left} and ${right}`);
  return backend && tf.getBackend() === "xla" ? productXla(backend.device, a, b) : productPlain(a, b);
}
