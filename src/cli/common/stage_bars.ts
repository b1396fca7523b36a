/** Progress bars for work in several stages, one bar at a time. */
import { type Progress, progress } from "./progress.ts";

/** Bars that must be closed at the end, on failure too. */
export interface StageBars {
  /** Shows that `done` of `total` units of a stage are finished; a new stage starts a new bar. */
  progress(stage: string, done: number, total: number): void;
  /** Ends the current bar, e.g. before a line of text. */
  end(): void;
  /** Ends the current bar and shows no further one. */
  close(): void;
}

/** Makes bars that count `unit`s; shows nothing where `quiet` is set. */
export function stageBars(unit: string, quiet: boolean): StageBars {
  let shown: { stage: string; bar: Progress } | undefined;
  let closed = quiet;
  const end = () => {
    shown?.bar.done();
    shown = undefined;
  };
  return {
    progress(stage, done, total) {
      if (closed) return;
      if (shown?.stage !== stage) {
        end();
        shown = { stage, bar: progress(stage, total, unit) };
      }
      shown.bar.update(done);
      if (done === total) end();
    },
    end,
    close() {
      end();
      closed = true;
    },
  };
}
