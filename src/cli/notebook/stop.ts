/**
 * The stop button of a notebook.
 *
 * Jupyter can interrupt a kernel in two ways. By message, the Deno kernel aborts JavaScript anywhere: in the middle of a
 * training step, without running `finally`, while a pending `await` continues. By signal, which is the default, Jupyter
 * sends SIGINT; it kills a Deno kernel that has no handler. This module installs the handler: the signal is handled
 * between two steps, and training saves its state and ends, as after Ctrl-C in a terminal. Our kernelspec starts the kernel
 * with SIGINT ignored, so that it also survives before this module is loaded; other Deno kernels (VS Code) survive from
 * then on. A cell that never awaits cannot be stopped; restarting the kernel ends it.
 */
import { inJupyter } from "./display.ts";

const running = new Set<AbortController>();

/** A signal that the stop button aborts, until `release` is called. */
export function stopSignal(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  running.add(controller);
  return { signal: controller.signal, release: () => running.delete(controller) };
}

/** Handles the stop button. */
export function stop(): void {
  if (running.size === 0) {
    console.error("no training is running that could be stopped; restart the kernel to end a cell");
  } else console.log("finishing the step and saving");
  for (const controller of running) controller.abort();
  running.clear();
}

if (inJupyter) Deno.addSignalListener("SIGINT", stop);
