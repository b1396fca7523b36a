/**
 * Which kernel an engine has, and how: its own (native), written with other tfjs ops (composed), or not at all.
 *
 * tfjs's registry is asked; only what it cannot know is noted here when a kernel is registered.
 */
import { tf } from "./tf.ts";

export type KernelStatus = "native" | "composed" | "missing";

const marks = new Map<string, KernelStatus>();
const key = (backend: string, kernel: string) => `${backend}/${kernel}`;

/** Notes that what is registered under this name is no kernel of the engine's own. */
export function markKernel(backend: string, kernel: string, status: KernelStatus): void {
  marks.set(key(backend, kernel), status);
}

/** Ops for which tfjs has a kernel's name but does without: it composes them where no backend offers one. */
const composedByTfjs = new Set(["BroadcastTo", "LogicalXor", "LogSoftmax"]);

/** How a backend has a kernel. */
export function kernelStatus(backend: string, kernel: string): KernelStatus {
  const marked = marks.get(key(backend, kernel));
  if (marked) return marked;
  if (tf.getKernel(kernel, backend)) return "native";
  return composedByTfjs.has(kernel) ? "composed" : "missing";
}

/** The names of all kernels that some backend has, in alphabetical order. */
export function kernelNames(backends: string[]): string[] {
  const names = backends.flatMap((backend) => tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
  return [...new Set(names)].sort((a, b) => a.localeCompare(b));
}
