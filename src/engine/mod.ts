/**
 * The engine room: tfjs, the engine it runs on, and `jit`.
 *
 * `useEngine` chooses once, at the start of a program. Model code calls plain tfjs ops; on `xla` a function given to
 * `jit` is traced once for each shape and compiled as a whole, on the other engines it simply runs.
 */
import { fail } from "../base/errors.ts";
import { findPlugin, findTensorflow } from "./install.ts";
import { startWasm } from "./javascript/wasm.ts";
import { startTensorflow } from "./tensorflow/mod.ts";
import { tf, type Tree } from "./tf.ts";
import { disposeTree, leaves, mapTree } from "./tree.ts";
import type { XlaBackend } from "./xla/backend.ts";
import { preloadLibraries } from "./xla/libraries.ts";
import { jitXla, startXla } from "./xla/mod.ts";

export { type State, type Tensor, tf, type Tree } from "./tf.ts";
export { disposeTree, leaves, mapTree } from "./tree.ts";
export { valueAndGradients } from "./gradients.ts";

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
  /** XLA's flags that programs are compiled with, as `name=value`. */
  flags?: string[];
}

let backend: XlaBackend | undefined;

/**
 * Starts an engine. `auto` takes xla where its plugin is installed and wasm elsewhere; a plugin that is there and does
 * not load is an error even then, since training would silently become many times slower.
 *
 * @throws UserError when the engine asked for is not there or does not load.
 */
export async function useEngine(name: EngineName): Promise<EngineInfo> {
  if (!["auto", "xla", "tensorflow", "wasm", "cpu"].includes(name)) {
    fail(`There is no engine "${name}"; choose auto, xla, tensorflow, wasm or cpu.`);
  }
  if (name === "tensorflow") return await useTensorflow();
  const plugin = name === "xla" || name === "auto" ? findPlugin() : undefined;
  if (name === "xla" && !plugin) {
    fail("The xla engine's plugin is not installed; run `deno task setup`, or choose engine=wasm.");
  }
  if (plugin) {
    preloadLibraries(plugin);
    backend = await startXla(plugin.path);
    const { platform, names, flags, plugin: { version } } = backend.device;
    const api = `PJRT ${version.major}.${version.minor}`;
    return {
      name: "xla",
      version: `${plugin.version} (${platform}, ${api})`,
      devices: names,
      threads: threads(),
      flags: Object.entries(flags).map(([name, value]) => `${name}=${value}`),
    };
  }
  const chosen = name === "auto" ? "wasm" : name as "wasm" | "cpu";
  if (chosen === "wasm") await startWasm(threads());
  else await tf.setBackend("cpu");
  return {
    name: chosen,
    version: `tfjs ${tf.version_core}`,
    devices: [chosen],
    threads: chosen === "wasm" ? threads() : 1,
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
  { name = "function", donate = [] }: JitOptions,
): Jitted<A, R> {
  function call(...args: A): R {
    for (const [path, tensor] of args.flatMap((arg) => leaves(arg))) {
      if (tensor.isDisposed) fail(`Argument "${path}" of ${name} was disposed before the call.`);
    }
    // A result that is an argument passed through gets a handle of its own, as on xla.
    const result = tf.tidy(() => mapTree(f(...args), (tensor) => tensor.clone()) as tf.TensorContainer) as R;
    for (const i of donate) disposeTree(args[i]!);
    return result;
  }
  return Object.assign(call, { dispose: () => {} });
}
