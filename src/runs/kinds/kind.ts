/**
 * Kinds of runs: what the trainables of one kind need around the training loop.
 *
 * A kind opens what the loop needs (frozen networks, validation, sample grid) and writes what a finished run adds to
 * its folder. Everything else (start, resume, verify, reproduce) is the same for all kinds.
 */
import type { StorySet } from "../../data/store/stories.ts";
import type { Vocabulary } from "../../data/store/vocabulary.ts";
import type { State } from "../../engine/mod.ts";
import type { Config } from "../../model/config.ts";
import type { DataShape, Trainable } from "../../model/contract.ts";
import type { Status } from "../../records/status.ts";
import type { Conditioner } from "../../train/inputs.ts";
import type { Validation } from "../../train/recorder.ts";
import type { TrainState } from "../../train/state.ts";
import type { Workplace } from "../workplace.ts";

export interface RunKind {
  /** As in status.json. */
  kind: Status["kind"];
  /** The stage of progress reports, e.g. "pre-training". */
  stage: string;
  /** Name of the validation number that is lowest for the best checkpoint. */
  score(config: Config): string;
  trainable(config: Config): Trainable;
  /** Name of a run folder, after its number. */
  label(config: Config, set: StorySet): string;
  /** @throws UserError when what the run needs is missing or damaged. */
  open(folder: string, place: Workplace): Promise<OpenRun>;
}

/** All that the loop needs beside the run's configuration, data and state. */
export interface OpenRun {
  data: DataShape;
  /** The one that the text encoder was trained with. */
  vocabulary: Vocabulary;
  frozen: State;
  condition: Conditioner;
  validate(weights: State): Promise<Validation>;
  /** Generates the sample grid and returns its file. */
  sample?(step: number, weights: State): Promise<string>;
  /** Changes the state of a new run, e.g. to start from known word vectors. */
  initialise?(state: TrainState): Promise<void>;
  /** Metadata of checkpoints. */
  metadata: { vocabulary?: string[]; targets?: string[] };
  /** Lines for the run's log. */
  notes: string[];
  /** Evaluates the best checkpoint of a finished run and writes the result into its folder. */
  finish?(): Promise<void>;
  dispose(): void;
}
