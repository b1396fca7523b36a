/** Trains in a run folder: from the last checkpoint or from the start, to the end or an interruption. */
import { closing, openRecord } from "../records/write.ts";
import { readStart } from "../records/checkpoints.ts";
import type { Status } from "../records/status.ts";
import { train } from "../train/loop.ts";
import type { TrainingEnd, TrainingStart } from "../train/recorder.ts";
import { initialState, stateShapes } from "../train/state.ts";
import { kindOf, type OpenRun } from "./kinds/mod.ts";
import type { Workplace } from "./workplace.ts";

/** How a run ended and where its folder is. */
export interface RunEnd {
  folder: string;
  end: TrainingEnd;
}

/**
 * Trains in a run folder that this process holds, from its last checkpoint or from the start.
 *
 * @param initialise in place of that of the kind, where the caller has read what it needs already
 * @param notes lines for the log of the run, e.g. differences from before
 * @throws UserError for errors that a user can correct; the run is then marked as failed.
 */
export async function execute(
  folder: string,
  place: Workplace,
  kind: Status["kind"],
  notes: string[] = [],
  initialise?: OpenRun["initialise"],
): Promise<RunEnd> {
  const { config, set, watcher, signal } = place;
  const { stage, trainable: trainableOf, open } = kindOf(kind);
  const trainable = trainableOf(config);
  const opened = await open(folder, place);
  try {
    const { data, vocabulary, frozen, condition, validate, sample, metadata } = opened;
    const start = readStart(folder, kind, stateShapes(trainable, config, data)) ??
      await newStart({ ...opened, ...(initialise ? { initialise } : {}) }, place, kind);
    const record = openRecord({
      folder,
      kind,
      name: trainable.name,
      stage,
      config,
      step: start.step,
      steps: trainable.schedule(config).steps,
      data: set.digest,
      watcher,
      ...metadata,
      ...(sample ? { sample } : {}),
    });
    for (const note of [...notes, ...opened.notes]) record.log(note);
    const end = await closing(record, async () => {
      const end = await train({
        trainable,
        config,
        data,
        set,
        vocabulary,
        frozen,
        condition,
        start,
        record,
        validate,
        signal,
      });
      if (end.state === "finished") await opened.finish?.();
      return end;
    });
    return { folder, end };
  } finally {
    opened.dispose();
  }
}

async function newStart(
  { data, initialise }: OpenRun,
  { config }: Workplace,
  kind: Status["kind"],
): Promise<TrainingStart> {
  const state = initialState(kindOf(kind).trainable(config), config, data);
  await initialise?.(state);
  return { step: 0, state, best: undefined };
}
