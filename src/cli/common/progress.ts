/**
 * Progress of a task: a bar with rate and remaining time in a terminal, occasional plain lines elsewhere, so that a log
 * stays readable. Both are written to standard error; standard output is for results.
 */
import progressBars from "cli-progress";

/** The progress of a task; `done` closes it and must be called, on failure too. */
export interface Progress {
  /** Shows that `done` of the total is finished; `note` is a short text on the current state. */
  update(done: number, note?: string): void;
  done(note?: string): void;
}

/** Where progress is written; tests pass their own. */
export interface ProgressOutput {
  terminal: boolean;
  write(line: string): void;
  /** Milliseconds. */
  now(): number;
}

/** The part of cli-progress that is used here; the package has no types. */
interface Bar {
  start(total: number, value: number, state: Record<string, string>): void;
  update(value: number, state: Record<string, string>): void;
  stop(): void;
}

const lineEvery = 10_000; // ms
const lineAtMostEvery = 1000; // ms

/** Standard error; in CI a terminal is treated as a log. */
const standardError: ProgressOutput = {
  terminal: Deno.stderr.isTerminal() && !Deno.env.get("CI"),
  write: (line) => console.error(line),
  now: () => performance.now(),
};

/**
 * Starts to show progress.
 *
 * @param label the work, e.g. "Composing stories"
 * @param total number of `unit`s
 */
export function progress(label: string, total: number, unit = "", output = standardError): Progress {
  return output.terminal ? bar(label, total, unit) : lines(label, total, unit, output);
}

function bar(label: string, total: number, unit: string): Progress {
  const start = performance.now();
  let finished = 0;
  const state = (note?: string) => {
    const rate = finished / Math.max((performance.now() - start) / 1000, 1e-9);
    const left = finished > 0 ? duration((total - finished) / rate) : "?";
    return { amount: amount(finished, total, unit), rate: rounded(rate), left, note: note ? ` · ${note}` : "" };
  };
  const line: Bar = new progressBars.SingleBar({
    format: `${label} [{bar}] {percentage}% {amount} · {rate}/s · {left} left{note}`,
    barsize: 24,
    gracefulExit: false, // otherwise it handles Ctrl-C instead of the task
  }, progressBars.Presets.shades_classic);
  line.start(total, 0, state());
  return {
    update(done, note) {
      finished = done;
      line.update(done, state(note));
    },
    done(note) {
      line.update(finished, state(note));
      line.stop();
    },
  };
}

function lines(label: string, total: number, unit: string, { write, now }: ProgressOutput): Progress {
  const start = now();
  let [last, tenth, finished] = [start, 0, 0];
  return {
    update(done, note) {
      finished = done;
      const passed = Math.floor(10 * done / total);
      const elapsed = now() - last;
      if (done >= total || elapsed < lineAtMostEvery || (passed === tenth && elapsed < lineEvery)) return;
      [last, tenth] = [now(), passed];
      const rate = done / ((last - start) / 1000);
      const left = duration((total - done) / rate);
      write(`${label}: ${amount(finished, total, unit)}, ${rounded(rate)}/s, ${left} left${note ? `, ${note}` : ""}`);
    },
    done(note) {
      const seconds = duration((now() - start) / 1000);
      write(`${label}: ${amount(finished, total, unit)} in ${seconds}${note ? `, ${note}` : ""}`);
    },
  };
}

function amount(finished: number, total: number, unit: string): string {
  return `${rounded(finished)}/${rounded(total)}${unit && ` ${unit}`}`;
}

/** Seconds as "42 s", "3 min 5 s" or "2 h 10 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}

/** Rounds to three digits. */
function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
