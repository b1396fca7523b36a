/**
 * The stop button of a notebook.
 *
 * Jupyter has two ways to interrupt a kernel. By message, the Deno kernel ends JavaScript wherever it is: in the middle of
 * a training step, past every `finally`, while a pending `await` goes on. By signal, which is the default, it sends SIGINT;
 * a Deno kernel dies of it, unless somebody listens. So we listen, here, inside the kernel: a signal arrives between two
 * steps, where training gives way, and asks it to save and to end as Ctrl-C does for the tasks. Our kernelspec starts the
 * kernel with SIGINT ignored, so that it survives before this module is loaded as well; in other Deno kernels (VS Code) it
 * survives from here on. A cell that is busy and never waits cannot be stopped; restarting the kernel ends it.
 */
import { inJupyter } from "./display.ts";

const running = new Set<AbortController>();

/** A signal that the stop button aborts, until `release` is called. */
export function stopSignal(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  running.add(controller);
  return { signal: controller.signal, release: () => running.delete(controller) };
}

/** The stop button was pressed. */
export function stop(): void {
  if (running.size === 0) {
    console.error("nothing runs that could stop between two steps; restart the kernel to end a cell");
  } else console.log("finishing the step and saving");
  for (const controller of running) controller.abort();
  running.clear();
}

if (inJupyter) Deno.addSignalListener("SIGINT", stop);
