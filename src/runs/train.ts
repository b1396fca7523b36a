/** Starting a GAN run: encoder, folder, record, loop; and the part that starting and resuming share. */
import type { Config } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { disposeTree } from "../engine/mod.ts";
import { systemByName } from "../model/systems/mod.ts";
import { carryShapes, freshCarry, trainGan } from "../train/gan.ts";
import type { TrainingEnd } from "../train/recorder.ts";
import { storyEncoder } from "../train/text.ts";
import { storyDrawer } from "./draw.ts";
import { copyEncoder, provideEncoder, readEncoder } from "./encoder.ts";
import { checkLabel, createRunFolder } from "./folder.ts";
import { describeRun, openWorkplace, type RunOptions, type Workplace } from "./prepare.ts";
import { closing, openRecord } from "./record.ts";
import { sampleGrid } from "./samples.ts";
import { readStart } from "./start.ts";
import { lockRun, runningStatus, writeStatus } from "./status.ts";
import { ganValidation } from "./validation.ts";

/** How a run ended and where it lies. */
export interface RunEnd {
  folder: string;
  end: TrainingEnd;
}

/** Settings of {@link startTraining}. */
export interface StartOptions extends RunOptions {
  /** What the run folder is called after its number. Default: SYSTEM-PRESET-DATA. */
  name?: string;
}

/**
 * Trains a system from the start, its text encoder first if no earlier run has it.
 *
 * @returns the run folder and how training ended: "interrupted" if the signal came, during pre-training with the folder
 *   of that.
 * @throws UserError for what a user can mend; the run is then marked as failed.
 */
export async function startTraining(config: Config, options: StartOptions = {}): Promise<RunEnd> {
  return await trainIn(await openWorkplace(config, options), options.name);
}

/** {@link startTraining} with engine and data already open. */
export async function trainIn(place: Workplace, name?: string): Promise<RunEnd> {
  const { config, root, set, watcher } = place;
  // What would fail only after pre-training is refused before it.
  checkBatches(place);
  if (name !== undefined) checkLabel(name);
  const encoder = await provideEncoder(place);
  if (encoder.end.state === "interrupted") return { folder: encoder.folder, end: encoder.end };

  const folder = createRunFolder(root, name ?? `${config.system}-${config.preset}-${set.name}`);
  const release = lockRun(folder);
  try {
    const digest = copyEncoder(encoder, `${folder}/checkpoints/text.safetensors`);
    describeRun(folder, place, { run: encoder.run, digest });
    writeStatus(folder, runningStatus("gan", 0, config.train.steps));
    watcher?.say(`training in ${folder}`);
    return await trainFrom(folder, place);
  } finally {
    release();
  }
}

function checkBatches({ config, set }: Workplace): void {
  const stories = set.split("train").length;
  for (const [key, size] of [["train.batch", config.train.batch], ["text.batch", config.text.batch]] as const) {
    if (size > stories) {
      fail(`${key} is ${size}, but the data set "${set.name}" has ${stories} training stories; set ${key}=${stories}.`);
    }
  }
}

/**
 * Trains in a run folder that this process holds, from its last checkpoint or from the start.
 *
 * @param notes lines for the run's log, e.g. what differs from before.
 */
export async function trainFrom(folder: string, place: Workplace, notes: string[] = []): Promise<RunEnd> {
  const { config, set, watcher, signal } = place;
  const system = systemByName(config.system);
  const { encoder, vocabulary } = readEncoder(folder, config);
  const [encode, draw] = [storyEncoder(config), storyDrawer(system, config)];
  const parts = { system, config, set, vocabulary, encoder, encode, draw };
  const start = readStart(folder, "gan", carryShapes(system, config)) ??
    { step: 0, carry: freshCarry(system, config), best: undefined };
  const record = openRecord({
    folder,
    kind: "gan",
    config,
    step: start.step,
    steps: config.train.steps,
    vocabulary: vocabulary.words,
    data: set.digest,
    watcher,
    sample: await sampleGrid(folder, parts),
  });
  for (const note of notes) record.log(note);
  try {
    const end = await closing(
      record,
      async () => await trainGan({ ...parts, start, record, validate: ganValidation(parts), signal }),
    );
    return { folder, end };
  } finally {
    disposeTree(encoder);
  }
}
