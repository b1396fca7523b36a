/** Installing the engine that a task is about to use, where it is missing. */
import { fail } from "../../base/errors.ts";
import {
  type Installation,
  type InstallOptions,
  installPlugin,
  installTensorflow,
  type PluginName,
  plugins,
  suitable,
  type Tensorflow,
  tensorflowSize,
} from "../../engine/install.ts";
import type { EngineName } from "../../engine/mod.ts";
import { progress } from "./progress.ts";

/** Settings of {@link ensureEngine}; `name` asks for one plugin, whatever GPU this machine has. */
export type EngineOptions = InstallOptions & { name?: PluginName };

/**
 * Installs an engine unless it is there; prints one line if it cannot be installed. Where the plugin for an NVIDIA GPU
 * cannot be installed, the one for CPUs is.
 *
 * @returns the state of the xla plugin; undefined for engines that need none
 * @throws UserError when `xla` or `tensorflow` was asked for by name and cannot be installed.
 */
export async function ensureEngine(engine: EngineName, options: EngineOptions = {}): Promise<Installation | undefined> {
  if (engine === "wasm" || engine === "cpu") return undefined;
  if (engine === "tensorflow") return void await ensureTensorflow(options);
  const name = options.name ?? suitable();
  const { requirements, bytes } = plugins[name];
  const installation = await withProgress(
    name === "cpu" ? "Installing the xla engine" : `Installing the xla engine for CUDA (${requirements})`,
    bytes,
    (onProgress) => installPlugin({ ...options, name, onProgress }),
  );
  if (!("reason" in installation)) return installation;
  if (name !== "cpu" && !options.name) {
    console.error(`xla engine for CUDA: ${installation.status}. ${installation.reason} The CPU is used instead.`);
    return await ensureEngine(engine, { ...options, name: "cpu" });
  }
  if (engine === "xla") fail(`The xla engine cannot be installed here. ${installation.reason}`);
  console.error(withoutPlugin(installation));
  return installation;
}

function withoutPlugin({ status, reason }: Extract<Installation, { reason: string }>): string {
  const again = status === "failed" ? " Try again with: deno task setup." : "";
  return `xla engine: ${status}. ${reason} The wasm engine is used instead, many times slower.${again}`;
}

/**
 * Installs TensorFlow unless it is there.
 *
 * @throws UserError when it cannot be installed.
 */
export async function ensureTensorflow(
  options: InstallOptions = {},
): Promise<{ status: "present" | "installed"; tensorflow: Tensorflow }> {
  const installation = await withProgress(
    "Installing TensorFlow",
    tensorflowSize(),
    (onProgress) => installTensorflow({ ...options, onProgress }),
  );
  if ("reason" in installation) fail(`The tensorflow engine cannot be installed here. ${installation.reason}`);
  return installation;
}

/** Runs an installation with a progress bar in megabytes on the disk. */
async function withProgress<T>(
  label: string,
  bytes: number,
  install: (onProgress: (share: number) => void) => Promise<T>,
): Promise<T> {
  let shown: ReturnType<typeof progress> | undefined;
  const megabytes = Math.round(bytes / 1e6);
  const onProgress = (share: number) => (shown ??= progress(label, megabytes, "MB")).update(share * megabytes);
  return await install(onProgress).finally(() => shown?.done());
}
