/**
 * Whether an engine has a kernel: its own (native), written with other tfjs ops (composed), or not at all (missing).
 *
 * The information comes from tfjs's registry; only composed and missing kernels are marked here when they are
 * registered.
 */
import { tf } from "./tf.ts";

export type KernelStatus = "native" | "composed" | "missing";

const marks = new Map<string, KernelStatus>();
const key = (backend: string, kernel: string) => `${backend}/${kernel}`;

/** Marks a registered kernel that is not native. */
export function markKernel(backend: string, kernel: string, status: KernelStatus): void {
  marks.set(key(backend, kernel), status);
}

/** Ops that tfjs composes itself where a backend has no kernel of this name. */
const composedByTfjs = new Set(["BroadcastTo", "LogicalXor", "LogSoftmax"]);

/** The status of a kernel on a backend. */
export function kernelStatus(backend: string, kernel: string): KernelStatus {
  const marked = marks.get(key(backend, kernel));
  if (marked) return marked;
  if (tf.getKernel(kernel, backend)) return "native";
  return composedByTfjs.has(kernel) ? "composed" : "missing";
}

/** The names of all kernels that at least one of the backends has, in alphabetical order. */
export function kernelNames(backends: string[]): string[] {
  const names = backends.flatMap((backend) => tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
  return [...new Set(names)].sort((a, b) => a.localeCompare(b));
}
