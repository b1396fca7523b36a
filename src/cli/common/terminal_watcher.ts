/** A run on the terminal: lines of text, a progress bar for each stage, the last losses beside it. */
import type { Watcher } from "../../records/write.ts";
import { type Progress, progress } from "./progress.ts";

/** A watcher that must be closed at the end, on failure too; it then shows no further progress. */
export type TerminalWatcher = Watcher & { close(): void };

/** Makes a watcher that shows a run on the terminal, or nothing where `quiet` is set. */
export function terminalWatcher(quiet: boolean): TerminalWatcher {
  if (quiet) return { say() {}, progress() {}, close() {} };
  let closed = false;
  let shown: { stage: string; from: number; bar: Progress } | undefined;
  let note = "";
  const endBar = () => {
    shown?.bar.done();
    shown = undefined;
    note = "";
  };
  return {
    say(text) {
      endBar();
      console.log(text);
    },
    progress(stage, step, steps) {
      if (closed) return;
      if (shown?.stage !== stage) {
        endBar();
        // Of a resumed run only the remaining steps count, so that rate and remaining time are right.
        shown = { stage, from: step - 1, bar: progress(stage, steps - step + 1, "steps") };
      }
      shown.bar.update(step - shown.from, note);
    },
    numbers(_stage, _step, values) {
      const losses = Object.entries(values).filter(([name]) => /^(loss\.[^.]+|frechet.*)$/.test(name));
      if (losses.length > 0) note = losses.map(([name, value]) => `${name} ${value.toPrecision(3)}`).join(" ");
    },
    close() {
      endBar();
      closed = true;
    },
  };
}
