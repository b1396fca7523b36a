/**
 * Errors for kernels that an engine lacks: which kernel, why it is missing, what to do, and the lines of the caller's
 * files from which it was called.
 */
import { projectRoot } from "../base/files.ts";
import { fail } from "../base/errors.ts";
import { kernelNames, type KernelStatus, kernelStatus, markKernel } from "./kernel_status.ts";
import { tf } from "./tf.ts";

const reasons: [RegExp, string][] = [
  [/^(Complex|ComplexAbs|Real|Imag|FFT|IFFT)$/, "it does not support complex numbers"],
  [/^(String|StaticRegex)/, "it does not support strings"],
  [
    /^(Unique|BroadcastArgs|NonMaxSuppression|Ragged|Sparse(Fill|Reshape))/,
    "the result's shape would depend on values",
  ],
  [/^Multinomial$/, "it draws no random numbers: draw them outside and pass them as a tensor"],
];

/** Why the xla engine lacks a kernel. */
const reasonMissing = (kernel: string) =>
  reasons.find(([pattern]) => pattern.test(kernel))?.[1] ?? "it is not implemented";

/** One kernel in the table of `deno task engine`. */
export interface KernelRow {
  kernel: string;
  /** Status by engine name. */
  engines: Record<string, KernelStatus>;
  gradient: boolean;
  /** Why xla lacks it. */
  reason?: string;
}

/** Every kernel that some engine has, on every engine whose kernels are registered. */
export function kernelTable(): KernelRow[] {
  const backends = ["xla", "wasm", "cpu", "tensorflow"].filter((name) => tf.getKernelsForBackend(name).length > 0);
  return kernelNames(backends).map((kernel) => {
    const engines = Object.fromEntries(backends.map((backend) => [backend, kernelStatus(backend, kernel)]));
    const reason = engines.xla === "missing" ? { reason: reasonMissing(kernel) } : {};
    return { kernel, engines, gradient: tf.getGradient(kernel) !== undefined, ...reason };
  });
}

/** Registers, for every kernel that `cpu` has and `backend` lacks, one that throws an error with its name. */
export function refuseMissing(backend: string): void {
  for (const kernelName of kernelNames(["cpu"])) {
    if (kernelStatus(backend, kernelName) !== "missing") continue;
    tf.registerKernel({ kernelName, backendName: backend, kernelFunc: () => refuse(kernelName, backend) });
    markKernel(backend, kernelName, "missing");
  }
}

function refuse(kernel: string, backend: string): never {
  const lines = callerLines();
  const where = lines.length > 0 ? ` It was called at ${lines.join(", from ")}.` : "";
  fail(
    `The ${backend} engine has no kernel ${kernel}: ${reasonMissing(kernel)}.${where} ` +
      "Use other ops there, or engine=cpu, which has every kernel; `deno task engine` lists what each engine has.",
  );
}

/** The lines of the call stack outside tfjs and the engine, innermost first. */
export function callerLines(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100; // tfjs adds a dozen frames
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = limit;
  const root = `file://${projectRoot}/`;
  const lines = stack.split("\n").flatMap((line) => {
    const path = /(file:\/\/[^)\s]+?:\d+):\d+\)?$/.exec(line)?.[1];
    return path && !/node_modules|\/src\/engine\//.test(path) ? [path.replace(root, "")] : [];
  });
  return [...new Set(lines)].slice(0, 5);
}
