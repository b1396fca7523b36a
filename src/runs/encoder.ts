/**
 * The text encoder of a run: found among earlier runs, or pre-trained first in a run of its own.
 *
 * Encoders are told apart by what they depend on (text settings, data, seed), not by who made them, so ten GAN runs that
 * differ elsewhere pre-train once.
 */
import { type Config, validateConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { type Vocabulary, vocabularyFromWords } from "../data/vocabulary.ts";
import type { State } from "../engine/mod.ts";
import { checkStored, readCheckpoint, uploadStored, writeCheckpoint } from "../train/checkpoint.ts";
import { damsmShapes, freshDamsmCarry, trainDamsm } from "../train/damsm.ts";
import type { TrainingEnd, TrainingStart } from "../train/recorder.ts";
import { compareEnvironments, describeEnvironment, type Environment } from "./environment.ts";
import { createRunFolder, listRuns } from "./folder.ts";
import { type DataRecord, describeRun, encoderKey, type Workplace } from "./prepare.ts";
import { closing, openRecord } from "./record.ts";
import { readStart } from "./start.ts";
import { isLocked, lockRun, readStatus, type Status } from "./status.ts";

/** A pre-training run that fits. */
export interface TextRun {
  folder: string;
  name: string;
  status: Status;
}

/** Pre-training runs of the same encoder below `root`; finished ones first, then the latest. */
export function findTextRuns(root: string, config: Config, dataDigest: string): TextRun[] {
  const key = encoderKey(config, dataDigest);
  const fits = listRuns(root).flatMap(({ folder, name }) => {
    try {
      const status = readStatus(folder);
      const { digest } = readJson<DataRecord>(`${folder}/data.json`);
      const same = encoderKey(validateConfig(readJson(`${folder}/config.json`)), digest) === key;
      return status.kind === "damsm" && same ? [{ folder, name, status }] : [];
    } catch {
      return []; // a run that was killed while it was set up, or of another version
    }
  });
  const rank = ({ status }: TextRun) => status.state === "finished" ? 0 : 1;
  return fits.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? 1 : -1));
}

/**
 * Finds or pre-trains the text encoder of a configuration. Unfinished pre-training goes on where it stopped, if nothing
 * has changed since.
 *
 * @returns the run it is in; its state is "interrupted" if the signal ended it.
 */
export async function provideEncoder(place: Workplace): Promise<{ run: string; folder: string; end: TrainingEnd }> {
  const { config, set, root, watcher } = place;
  const [found] = findTextRuns(root, config, set.digest);
  if (found?.status.state === "finished") {
    watcher?.say(`text encoder: ${found.name}`);
    return {
      run: found.name,
      folder: found.folder,
      end: { state: "finished", step: found.status.step, best: undefined },
    };
  }
  if (found && !isLocked(found.folder) && unchanged(found.folder, place)) {
    watcher?.say(`text encoder: going on with ${found.name}`);
    const release = lockRun(found.folder);
    return { ...await pretrain(found.folder, place, release), run: found.name };
  }
  const folder = createRunFolder(root, `damsm-${config.preset}-${config.data.name}`);
  const release = lockRun(folder);
  describeRun(folder, place);
  const run = folder.slice(folder.lastIndexOf("/") + 1);
  watcher?.say(`text encoder: pre-training in ${run}`);
  return { ...await pretrain(folder, place, release), run };
}

/** Runs pre-training in a folder that this process holds, from its last checkpoint; gives the folder back at the end. */
export async function pretrain(
  folder: string,
  place: Workplace,
  release: () => void,
  note?: string,
): Promise<{ folder: string; end: TrainingEnd }> {
  const { config, set, vocabulary, watcher, signal } = place;
  try {
    const start: TrainingStart = readStart(folder, "damsm", damsmShapes(config, vocabulary)) ??
      { step: 0, carry: freshDamsmCarry(config, vocabulary), best: undefined };
    const record = openRecord({
      folder,
      kind: "damsm",
      config,
      step: start.step,
      steps: config.text.steps,
      vocabulary: vocabulary.words,
      data: set.digest,
      watcher,
    });
    if (note) record.log(note);
    const end = await closing(record, () => trainDamsm({ config, set, vocabulary, start, record, signal }));
    return { folder, end };
  } finally {
    release();
  }
}

/** Copies the best encoder of a pre-training run, without Adam's moments, into a GAN run; gives its state's digest. */
export function copyEncoder(from: { folder: string; run: string }, path: string): string {
  const { stored, metadata } = readCheckpoint(`${from.folder}/checkpoints/best.safetensors`);
  const model = Object.fromEntries(Object.entries(stored).filter(([name]) => !name.startsWith("adam.")));
  writeCheckpoint(path, model, { ...metadata, format: "storyloom-encoder", run: from.run });
  return metadata.state ?? "";
}

/**
 * Reads the frozen encoder of a GAN run and the vocabulary it was trained with.
 *
 * @throws UserError naming the file and its first tensor that does not fit.
 */
export function readEncoder(folder: string, config: Config): { encoder: State; vocabulary: Vocabulary } {
  const path = `${folder}/checkpoints/text.safetensors`;
  const { stored, metadata } = readCheckpoint(path);
  if (!metadata.vocabulary) fail(`"${path}" is no text encoder of this kit: it carries no vocabulary.`);
  const vocabulary = vocabularyFromWords(JSON.parse(metadata.vocabulary) as string[]);
  checkStored(stored, damsmShapes(config, vocabulary).model, path);
  return { encoder: uploadStored(stored), vocabulary };
}

function unchanged(folder: string, { engine }: Workplace): boolean {
  const before = readJson<Environment>(`${folder}/environment.json`);
  return compareEnvironments(before, describeEnvironment(engine).environment).length === 0;
}
