/**
 * The text encoder of a run: taken from an earlier run, or pre-trained first in a run of its own.
 *
 * Encoders are identified by what they depend on (text settings, data, seed), so runs that differ in other settings
 * share one.
 */
import { digestJson, readJson } from "../base/files.ts";
import { disposeTree } from "../engine/mod.ts";
import { type Config, validateConfig } from "../model/config.ts";
import { damsm } from "../model/damsm/mod.ts";
import { type DataRecord, describeRun } from "../records/create.ts";
import { compareEnvironments, describeEnvironment, type Environment } from "../records/environment.ts";
import { createRunFolder, listRuns } from "../records/folder.ts";
import { isLocked, lockRun, readStatus, type Status } from "../records/status.ts";
import type { TrainingEnd } from "../train/recorder.ts";
import { execute } from "./execute.ts";
import { startFromVectors } from "./kinds/damsm.ts";
import { kindOf, type OpenRun } from "./kinds/mod.ts";
import { frozenImageEncoder, wordVectors } from "./sources.ts";
import { recordOfTargets, type Workplace } from "./workplace.ts";

/** A pre-training run that fits. */
export interface TextRun {
  folder: string;
  name: string;
  status: Status;
}

/** Digest of all that pre-training of the text encoder depends on: runs with the same key share one encoder. */
export function encoderKey({ text, seed, precision, data, classifier }: Config, dataDigest: string): string {
  const targets = text.objects > 0 ? { share: classifier.share } : {};
  return digestJson({ text, seed, precision, words: data.words, data: dataDigest, ...targets });
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

/** A text encoder that a run can use, or pre-training that the signal ended. */
export interface ProvidedEncoder {
  run: string;
  folder: string;
  end: TrainingEnd;
}

/**
 * Finds or pre-trains the text encoder of a configuration. Unfinished pre-training is resumed, if nothing has changed
 * since.
 *
 * @returns the run it is in; its state is "interrupted" if the signal ended it.
 */
export async function provideEncoder(place: Workplace): Promise<ProvidedEncoder> {
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
    return await pretrain(found.folder, place, lockRun(found.folder));
  }
  return await pretrainAnew(place);
}

/** Pre-trains a text encoder in a run folder of its own; `name` is the name of the folder, after its number. */
export async function pretrainAnew(place: Workplace, name?: string): Promise<ProvidedEncoder> {
  const { config, root, set, vocabulary, watcher } = place;
  // Errors of its files are thrown before the run folder is made.
  const { vectors, glove } = await wordVectors(config, vocabulary); // a large file, read once
  const { frozen, towerWeights } = await frozenImageEncoder(config);
  disposeTree(frozen);
  const folder = createRunFolder(root, name ?? kindOf("damsm").label(config, set));
  const release = lockRun(folder);
  describeRun(folder, place, {
    ...recordOfTargets(place, damsm),
    ...(glove ? { glove } : {}),
    ...(towerWeights ? { towerWeights } : {}),
  });
  watcher?.say(`text encoder: pre-training in ${runName(folder)}`);
  return await pretrain(folder, place, release, startFromVectors(vectors));
}

async function pretrain(
  folder: string,
  place: Workplace,
  release: () => void,
  initialise?: OpenRun["initialise"],
): Promise<ProvidedEncoder> {
  try {
    return { ...await execute(folder, place, "damsm", [], initialise), run: runName(folder) };
  } finally {
    release();
  }
}

const runName = (folder: string) => folder.slice(folder.lastIndexOf("/") + 1);

function unchanged(folder: string, { engine }: Workplace): boolean {
  const before = readJson<Environment>(`${folder}/environment.json`);
  return compareEnvironments(before, describeEnvironment(engine).environment).length === 0;
}
