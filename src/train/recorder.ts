/**
 * The interface through which the training loop reports.
 *
 * The loop writes no files: its caller passes a recorder, which writes to a run folder, or to an array in a test.
 */
import type { State } from "../engine/mod.ts";
import type { TrainState } from "./state.ts";

/** The result of a validation. */
export interface Validation {
  /** Under names with protocol and split. */
  values: Record<string, number>;
  /** The score by which `best` is chosen: the lower, the better. */
  score: number;
}

/** The checkpoint with the lowest score so far. */
export interface Best {
  step: number;
  score: number;
}

export interface Recorder {
  /** Numbers that depend on config, data and machine alone: a resumed run repeats them exactly. */
  metrics(step: number, values: Record<string, number>): void;
  /** Speed and memory, which differ from run to run. */
  timing(step: number, values: Record<string, number>): void;
  /** A step was started: progress and heartbeat. */
  tick(step: number): void;
  /** Generates the sample grid with the given weights (inference mode). */
  sample(step: number, weights: State): Promise<void>;
  /** Keeps a checkpoint; it is the best one if `best.step` is `step`. */
  save(step: number, state: TrainState, best: Best | undefined): Promise<void>;
}

/** How training ended, after how many steps, and its best checkpoint. */
export interface TrainingEnd {
  state: "finished" | "interrupted";
  step: number;
  best: Best | undefined;
}

/** Where training starts. */
export interface TrainingStart {
  /** Steps done before. */
  step: number;
  state: TrainState;
  best: Best | undefined;
}
