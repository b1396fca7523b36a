/**
 * The tensorflow engine: the backend of tfjs-node on current TensorFlow. Each op runs when it is called, in native
 * code.
 *
 * The entry point of tfjs-node searches its addon in node_modules. Its backend is a class that accepts any addon, so
 * that the one in `.engine/` is passed to it and nothing is written to node_modules.
 */
import { createRequire } from "node:module";
import { fail } from "../../base/errors.ts";
import type { Tensorflow } from "../install.ts";
import { tf } from "../tf.ts";
import { registerMissingKernels } from "./missing_kernels.ts";

const require = createRequire(import.meta.url);

/** The functions used of tfjs-node's addon. */
interface Addon {
  TF_Version: string;
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}

let addon: Addon | undefined;

/** Sets the variables that TensorFlow reads when it is loaded. The number of threads determines the order of sums. */
function configure(threads: number): void {
  const settings = {
    TF_NUM_INTRAOP_THREADS: String(threads), // of one op
    TF_NUM_INTEROP_THREADS: "1", // ops at the same time
    TF_DETERMINISTIC_OPS: "1",
    TF_CUDNN_DETERMINISTIC: "1",
    TF_ENABLE_ONEDNN_OPTS: "0", // its kernels sum in another order on other processors
    TF_FORCE_GPU_ALLOW_GROWTH: "true", // do not allocate the whole memory of a GPU at once
    TF_CPP_MIN_LOG_LEVEL: "2", // errors only
  };
  for (const [name, value] of Object.entries(settings)) {
    if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
  }
}

/** Restores functions that Node 23 removed from `util`; the last tfjs-node, of 2024, still calls them. */
function restoreUtil(): void {
  const util = require("node:util") as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === undefined || value === null;
  util.isArray ??= Array.isArray;
}

/**
 * Makes `tensorflow` the tfjs backend; TensorFlow is loaded once.
 *
 * @throws UserError when its libraries do not load.
 */
export async function startTensorflow(
  { addon: path }: Tensorflow,
  threads: number,
): Promise<{ version: string; gpu: boolean }> {
  if (!addon) {
    configure(threads);
    restoreUtil();
    try {
      addon = require(path) as Addon;
    } catch (error) {
      const reason = (error as Error).message.split("\n")[0]!;
      fail(`Cannot load TensorFlow: ${reason}. Run \`deno task setup --engine tensorflow --force\`.`, error);
    }
    const { NodeJSKernelBackend } = await import("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
    await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
    registerMissingKernels();
    // The backend decides by the package's name whether a GPU is available.
    const name = `@tensorflow/tfjs-node${addon.isUsingGpuDevice() ? "-gpu" : ""}`;
    const backend = new NodeJSKernelBackend(addon as never, name);
    tf.registerBackend("tensorflow", () => backend);
  }
  await tf.setBackend("tensorflow");
  return { version: addon.TF_Version, gpu: addon.isUsingGpuDevice() };
}

/** Number of tensors allocated by TensorFlow; undefined before the engine was started. */
export const liveTensors = (): number | undefined => addon?.getNumOfTensors();
