/** What the training tasks have in common: progress, Ctrl-C, and the last lines that say where everything lies. */
import { readStatus } from "../../records/status.ts";
import type { Watcher } from "../../records/write.ts";
import { sampleName } from "../../runs/sampling/sample_grid.ts";
import type { RunEnd } from "../../runs/train.ts";
import { shownPath } from "./options.ts";
import { type Progress, progress } from "./progress.ts";

/** Exit code of a task that Ctrl-C ended, by the custom of shells. */
export const interruptedCode = 130;

/** A watcher that `close` ends: it must be called at the end, on failure too. Afterwards nothing more is drawn. */
export type TerminalWatcher = Watcher & { close(): void };

/** Shows a run on the terminal. */
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
        // A resumed run shows what is left of it, so that rate and remaining time are true.
        shown = { stage, from: step - 1, bar: progress(stage, steps - step + 1, "steps") };
      }
      shown.bar.update(step - shown.from, note);
    },
    numbers(_stage, _step, values) {
      const losses = Object.entries(values).filter(([name]) => /^(loss\.(d|g|damsm|classifier)|frechet.*)$/.test(name));
      if (losses.length > 0) note = losses.map(([name, value]) => `${name} ${value.toPrecision(3)}`).join(" ");
    },
    close() {
      endBar();
      closed = true;
    },
  };
}

/**
 * One Ctrl-C can arrive more than once: the terminal signals every process of the task, and the task runner passes its
 * own on. Signals this close together (in ms) are one.
 */
const sameSignal = 1000;

/** Runs something that a first Ctrl-C (or SIGTERM) asks to end and a second one ends at once. */
export async function withInterrupt<T>(
  watcher: TerminalWatcher,
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
    watcher.close(); // the bar would be drawn over what comes
    console.error("finishing the step and saving; once more ends at once");
    controller.abort();
  };
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}

/** Says how a run ended, where its files lie and what can be done next; sets the exit code of an interrupted one. */
export function reportEnd({ folder, end }: RunEnd): void {
  const shown = shownPath(folder);
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const { kind } = readStatus(folder);
  if (end.state === "interrupted") {
    console.log(`interrupted at step ${end.step}, which is saved in ${shown}`);
    console.log(`go on with: deno task resume ${name}${kind === "damsm" ? " (so does deno task train)" : ""}`);
    Deno.exitCode = interruptedCode;
    return;
  }
  const best = end.best ? `, best.safetensors (step ${end.best.step})` : "";
  console.log(`finished step ${end.step} of ${shown}`);
  if (kind === "gan") console.log(`  sample grid  ${shown}/samples/${sampleName(end.step)}, real.png beside it`);
  else if (kind === "classifier") console.log(`  real frames  ${shown}/classifier.json`);
  else console.log(`  attention    ${shown}/samples/attention.png, R-precision in r-precision.json`);
  console.log(`  metrics      ${shown}/metrics.jsonl`);
  console.log(`  checkpoints  ${shown}/checkpoints/last.safetensors${best}`);
  if (kind === "classifier") return console.log(`judge by it: deno task evaluate RUN --classifier ${name}`);
  if (kind === "damsm") return console.log(`train with it: deno task train --encoder ${name}`);
  console.log(`draw a story:  deno task sample ${name} --story "A first sentence." --story "A second one."`);
  console.log(`go on longer:  deno task resume ${name} --set train.steps=${2 * end.step}`);
}
