/** Ctrl-C: the first one asks a task to save and end, the second one ends it at once. */

/** Exit code of a task that Ctrl-C ended, by the convention of shells. */
export const interruptedCode = 130;

/**
 * One Ctrl-C can arrive more than once: the terminal signals every process of the task, and the task runner passes its
 * own on. Signals this close together (in ms) are one.
 */
const sameSignal = 1000;

/**
 * Runs `work` with a signal that the first Ctrl-C (or SIGTERM) aborts. A second one ends the process at once.
 *
 * @param display closed at the first signal, so that its progress bar does not overwrite later lines
 */
export async function withInterrupt<T>(
  display: { close(): void },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  let first = 0;
  const interrupt = () => {
    if (controller.signal.aborted) {
      if (performance.now() - first > sameSignal) Deno.exit(interruptedCode);
      return;
    }
    first = performance.now();
    display.close();
    console.error("finishing the step and saving; press Ctrl-C again to end at once");
    controller.abort();
  };
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}
