/** Starting runs: text encoder, folder, record, loop. */
import { checkSizes } from "../data/batches/loader.ts";
import { tooSmall } from "../data/batches/size.ts";
import { checkLabels } from "../data/batches/stories.ts";
import { fail } from "../base/errors.ts";
import type { Config } from "../model/config.ts";
import { describeRun } from "../records/create.ts";
import { checkLabel, createRunFolder } from "../records/folder.ts";
import { lockRun, runningStatus, type Status, writeStatus } from "../records/status.ts";
import { provideEncoder } from "./encoder.ts";
import { execute, type RunEnd } from "./execute.ts";
import { givenEncoder } from "./given_encoder.ts";
import { classifierTargets } from "./kinds/classifier.ts";
import { kindOf } from "./kinds/mod.ts";
import { checkTrainable } from "../train/step.ts";
import { checkFrozenImageEncoder } from "./sources.ts";
import { copyEncoder } from "./stored_encoder.ts";
import {
  dataShape,
  openWorkplace,
  recordOfTargets,
  type RunOptions,
  targetsRead,
  type Workplace,
} from "./workplace.ts";

export type { RunEnd } from "./execute.ts";

/** Settings of {@link startTraining}. */
export interface StartOptions extends RunOptions {
  /** Name of the run folder, after its number. Default: SYSTEM-PRESET-DATA. */
  name?: string | undefined;
  /** The pre-training run whose text encoder is used. Default: one that fits, or a new one. */
  encoder?: string | undefined;
}

/**
 * Trains a system from the start, its text encoder first if no earlier run has it.
 *
 * @returns the run folder and how training ended: "interrupted" if the signal came; during pre-training the folder is
 *   that of the pre-training run.
 * @throws UserError for errors that a user can correct; the run is then marked as failed.
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
  // Errors that would otherwise follow after pre-training are thrown before it.
  const { towerWeights, encoder: found } = await checkTraining(place, { name, encoder: given });
  const encoder = found ?? await provideEncoder(place);
  if (encoder.end.state === "interrupted") return { folder: encoder.folder, end: encoder.end };

  const folder = createRunFolder(root, name ?? kindOf("gan").label(config, set));
  const release = lockRun(folder);
  try {
    const digest = copyEncoder(encoder, `${folder}/checkpoints/text.safetensors`);
    describeRun(folder, place, {
      ...recordOfTargets(place, kindOf("gan").trainable(config)),
      encoder: { run: encoder.run, digest },
      ...(towerWeights ? { towerWeights } : {}),
    });
    writeStatus(folder, runningStatus("gan", 0, config.train.steps));
    watcher?.say(`training in ${folder}`);
    return await execute(folder, place, "gan");
  } finally {
    release();
  }
}

/**
 * What can be checked before a system is trained; a dry run does no more.
 *
 * @returns the digest of the weights of the image encoder, and the text encoder if one was named
 * @throws UserError for all that would stop training later: a set that is too small, labels, names, files of weights.
 */
export async function checkTraining(
  place: Workplace,
  { name, encoder }: Pick<StartOptions, "name" | "encoder"> = {},
) {
  for (const kind of ["gan", "damsm"] as const) checkBatches(place, kind);
  checkLabels(place.set, place.config.data.labels);
  if (name !== undefined) checkLabel(name);
  const towerWeights = await checkFrozenImageEncoder(place.config);
  return { towerWeights, encoder: encoder === undefined ? undefined : givenEncoder(place, encoder) };
}

/** Trains an object classifier in a run folder of its own; `name` is the name of the folder, after its number. */
export async function trainClassifierAnew(place: Workplace, name?: string): Promise<RunEnd> {
  const { config, root, set, watcher } = place;
  // Errors of the data are thrown before the run folder is made.
  const targets = classifierTargets(config.classifier.share, set);
  checkBatches(place, "classifier", targets);
  const folder = createRunFolder(root, name ?? kindOf("classifier").label(config, set));
  const release = lockRun(folder);
  try {
    describeRun(folder, place);
    watcher?.say(`classifier: training in ${folder.slice(folder.lastIndexOf("/") + 1)}`);
    return await execute(folder, place, "classifier");
  } finally {
    release();
  }
}

/** @throws UserError when the data set is too small or smaller than a batch, or the network's declaration cannot be trained. */
export function checkBatches(
  { config, set, vocabulary }: Workplace,
  kind: Status["kind"],
  targets = targetsRead(kindOf(kind).trainable(config), config, set),
): void {
  const small = tooSmall({ train: set.split("train").length, val: set.split("val").length }, set.frames);
  if (small) fail(`The data set "${set.name}" cannot be trained on: ${small}; add stories and prepare it again.`);
  const [trainable, data] = [kindOf(kind).trainable(config), dataShape(set, vocabulary, targets)];
  checkSizes(set, trainable.loaders(config, data));
  checkTrainable(trainable, config, data);
}
