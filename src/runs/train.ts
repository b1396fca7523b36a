/** Starting a GAN run: encoder, folder, record, loop; and the part that starting and resuming share. */
import type { Config } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { disposeTree } from "../engine/mod.ts";
import { systemByName } from "../model/systems/mod.ts";
import { carryShapes, freshCarry, trainGan } from "../train/gan.ts";
import type { TrainingEnd } from "../train/recorder.ts";
import { storyEncoder } from "../train/text.ts";
import { storyDrawer } from "./sampling/draw.ts";
import { copyEncoder, provideEncoder, readEncoder } from "./encoder.ts";
import { givenEncoder } from "./given_encoder.ts";
import { checkLabel, createRunFolder } from "../records/folder.ts";
import { type DataRecord, describeRun } from "../records/create.ts";
import { openWorkplace, type RunOptions, type Workplace } from "./workplace.ts";
import { closing, openRecord } from "../records/write.ts";
import { sampleGrid } from "./sampling/sample_grid.ts";
import { checkFrozenTower, frozenTower } from "./sources.ts";
import { readStart } from "../records/checkpoints.ts";
import { lockRun, runningStatus, writeStatus } from "../records/status.ts";
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
  /** The pre-training run whose text encoder is used. Default: one that fits, or a new one. */
  encoder?: string;
}

/**
 * Trains a system from the start, its text encoder first if no earlier run has it.
 *
 * @returns the run folder and how training ended: "interrupted" if the signal came, during pre-training with the folder
 *   of that.
 * @throws UserError for what a user can mend; the run is then marked as failed.
 */
export async function startTraining(config: Config, options: StartOptions = {}): Promise<RunEnd> {
  return await trainIn(await openWorkplace(config, options), options);
}

/** {@link startTraining} with engine and data already open. */
export async function trainIn(
  place: Workplace,
  { name, encoder: given }: Pick<StartOptions, "name" | "encoder"> = {},
): Promise<RunEnd> {
  const { config, root, set, watcher } = place;
  // What would fail only after pre-training is refused before it.
  checkBatches(place);
  if (name !== undefined) checkLabel(name);
  const towerWeights = await checkFrozenTower(config);
  const encoder = given === undefined ? await provideEncoder(place) : givenEncoder(place, given);
  if (encoder.end.state === "interrupted") return { folder: encoder.folder, end: encoder.end };

  const folder = createRunFolder(root, name ?? `${config.system}-${config.preset}-${set.name}`);
  const release = lockRun(folder);
  try {
    const digest = copyEncoder(encoder, `${folder}/checkpoints/text.safetensors`);
    describeRun(folder, place, { encoder: { run: encoder.run, digest }, ...(towerWeights ? { towerWeights } : {}) });
    writeStatus(folder, runningStatus("gan", 0, config.train.steps));
    watcher?.say(`training in ${folder}`);
    return await trainFrom(folder, place);
  } finally {
    release();
  }
}

/** @throws UserError when the data set is smaller than a batch. */
export function checkBatches(
  { config, set }: Workplace,
  keys: `${"train" | "text" | "classifier"}.batch`[] = ["train.batch", "text.batch"],
): void {
  const stories = set.split("train").length;
  for (const key of keys) {
    const size = config[key.split(".")[0] as "train" | "text" | "classifier"].batch;
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
  const { encoder: learnt, vocabulary } = readEncoder(folder, config);
  const { frozen } = await frozenTower(config, readJson<DataRecord>(`${folder}/data.json`).towerWeights);
  const encoder = { ...learnt, ...frozen };
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
