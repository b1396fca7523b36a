/**
 * What the training loops tell the outside.
 *
 * The loops know no files: whoever starts them hands in a recorder, which is the run record for a task and may be an
 * array for a test or a notebook.
 */
import type { State } from "../engine/mod.ts";
import type { Carry } from "./checkpoint.ts";

/** What validation found at a checkpoint. */
export interface Validation {
  /** Under names that carry their protocol and split. */
  values: Record<string, number>;
  /** What `best` is chosen by: the lower, the better. */
  score: number;
}

/** The checkpoint that validation liked most so far. */
export interface Best {
  step: number;
  score: number;
}

export interface Recorder {
  /** Numbers that depend on config, data and machine alone: a resumed run repeats them exactly. */
  metrics(step: number, values: Record<string, number>): void;
  /** Speed and memory, which no two runs share. */
  timing(step: number, values: Record<string, number>): void;
  /** A step was handed to the engine: progress and heartbeat. */
  tick(step: number): void;
  /** Draws the sample grid with the given generator (inference mode). */
  sample(step: number, weights: State): Promise<void>;
  /** Keeps a checkpoint; it is the best one if `best.step` is `step`. */
  save(step: number, carry: Carry, best: Best | undefined): Promise<void>;
}

/** How a loop ended, after how many steps, and its best checkpoint. */
export interface TrainingEnd {
  state: "finished" | "interrupted";
  step: number;
  best: Best | undefined;
}

/** Where a loop starts. */
export interface TrainingStart {
  /** Steps done before. */
  step: number;
  carry: Carry;
  best: Best | undefined;
}
