/**
 * The text encoder of a run: found among earlier runs, or pre-trained first in a run of its own.
 *
 * Encoders are told apart by what they depend on (text settings, data, seed), not by who made them, so ten GAN runs that
 * differ elsewhere pre-train once.
 */
import { type Config, validateConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { readJson, writeAtomic } from "../base/files.ts";
import type { Split } from "../data/store/stories.ts";
import { type Vocabulary, vocabularyFromWords } from "../data/store/vocabulary.ts";
import { disposeTree, type State } from "../engine/mod.ts";
import type { RPrecision } from "../metrics/r_precision.ts";
import { checkStored, readCheckpoint, type Stored, uploadStored, writeCheckpoint } from "../train/checkpoint.ts";
import { damsmShapes, freshDamsmCarry, trainDamsm } from "../train/damsm.ts";
import type { TrainingEnd, TrainingStart } from "../train/recorder.ts";
import { attentionFigure, attentionPicks } from "./sampling/word_attention.ts";
import { compareEnvironments, describeEnvironment, type Environment } from "../records/environment.ts";
import { createRunFolder, listRuns } from "../records/folder.ts";
import { type DataRecord, describeRun } from "../records/create.ts";
import { encoderKey, type Workplace } from "./workplace.ts";
import { closing, openRecord } from "../records/write.ts";
import { damsmValidation, type JudgeRetrieval, type Retrieval, retrievalJudge } from "./retrieval.ts";
import { frozenTower, wordVectors } from "./sources.ts";
import { readStart } from "../records/checkpoints.ts";
import { isLocked, lockRun, readStatus, type Status } from "../records/status.ts";

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

/** A text encoder that a GAN run can use, or pre-training that the signal ended. */
export interface ProvidedEncoder {
  run: string;
  folder: string;
  end: TrainingEnd;
}

/**
 * Finds or pre-trains the text encoder of a configuration. Unfinished pre-training goes on where it stopped, if nothing
 * has changed since.
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
    const release = lockRun(found.folder);
    return { ...await pretrain(found.folder, place, release), run: found.name };
  }
  return await pretrainAnew(place);
}

/** Pre-trains a text encoder in a run folder of its own; `name` is what the folder is called after its number. */
export async function pretrainAnew(place: Workplace, name?: string): Promise<ProvidedEncoder> {
  const { config, root, vocabulary, watcher } = place;
  // What would stop the run is found before there is one.
  const sources = { ...await wordVectors(config, vocabulary), ...await frozenTower(config) };
  const folder = createRunFolder(root, name ?? `damsm-${config.preset}-${config.data.name}`);
  const release = lockRun(folder);
  const { glove, towerWeights } = sources;
  describeRun(folder, place, { ...(glove ? { glove } : {}), ...(towerWeights ? { towerWeights } : {}) });
  const run = folder.slice(folder.lastIndexOf("/") + 1);
  watcher?.say(`text encoder: pre-training in ${run}`);
  return { ...await pretrain(folder, place, release, { sources }), run };
}

/** Settings of {@link pretrain}. */
export interface PretrainOptions {
  /** A line for the run's log. */
  note?: string;
  /** The files that the run reads, if they were read already. */
  sources?: Awaited<ReturnType<typeof wordVectors>> & Awaited<ReturnType<typeof frozenTower>>;
}

/**
 * Runs pre-training in a folder that this process holds, from its last checkpoint; gives the folder back at the end.
 *
 * A run that is finished has `r-precision.json` and `samples/attention.png`, both of its best checkpoint.
 */
export async function pretrain(
  folder: string,
  place: Workplace,
  release: () => void,
  { note, sources }: PretrainOptions = {},
): Promise<{ folder: string; end: TrainingEnd }> {
  const { config, set, vocabulary, watcher, signal } = place;
  try {
    const data = readJson<DataRecord>(`${folder}/data.json`);
    const { frozen } = sources ?? await frozenTower(config, data.towerWeights);
    const start: TrainingStart = readStart(folder, "damsm", damsmShapes(config, vocabulary)) ?? {
      step: 0,
      carry: freshDamsmCarry(config, vocabulary, (sources ?? await wordVectors(config, vocabulary)).vectors),
      best: undefined,
    };
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
    if (data.glove) record.log(`text.glove has ${data.glove.found} of ${vocabulary.words.length} words`);
    const judge = retrievalJudge(config, set, vocabulary);
    const end = await closing(record, async () => {
      const validate = damsmValidation(judge, frozen);
      const end = await trainDamsm({ config, set, vocabulary, frozen, start, record, validate, signal });
      if (end.state === "finished") await describeEncoder(folder, place, judge, frozen);
      return end;
    });
    disposeTree(frozen);
    return { folder, end };
  } finally {
    release();
  }
}

/** Writes what a finished run's best checkpoint can do. */
async function describeEncoder(folder: string, place: Workplace, judge: JudgeRetrieval, frozen: State): Promise<void> {
  const { config, set, vocabulary, watcher } = place;
  const path = `${folder}/checkpoints/best.safetensors`;
  const { encoder } = readStoredEncoder(path, config);
  const model = { ...encoder, ...frozen };
  const splits: Partial<Record<Split, Retrieval>> = {};
  for (const split of ["val", "test"] as const) {
    if (set.split(split).length > 1) splits[split] = await judge(model, split);
  }
  writeAtomic(
    `${folder}/r-precision.json`,
    JSON.stringify({ step: Number(readCheckpoint(path).metadata.step), ...splits }, null, 2) + "\n",
  );
  const figure = await attentionFigure(config, model, vocabulary, attentionPicks(config, set));
  writeAtomic(`${folder}/samples/attention.png`, figure);
  disposeTree(encoder);
  for (const [split, { sentence, description }] of Object.entries(splits)) {
    const percent = ({ mean }: RPrecision) => `${(100 * mean).toFixed(1)} %`;
    watcher?.say(
      `R-precision on ${split}, 1 of ${sentence.among}: ${percent(sentence)} by one sentence, ` +
        `${percent(description)} by all sentences of the frame`,
    );
  }
}

function withoutMoments(stored: Stored): Stored {
  return Object.fromEntries(Object.entries(stored).filter(([name]) => !name.startsWith("adam.")));
}

/** Copies the best encoder of a pre-training run, without Adam's moments, into a GAN run; gives its state's digest. */
export function copyEncoder(from: { folder: string; run: string }, path: string): string {
  const { stored, metadata } = readCheckpoint(`${from.folder}/checkpoints/best.safetensors`);
  writeCheckpoint(path, withoutMoments(stored), { ...metadata, format: "storyloom-encoder", run: from.run });
  return metadata.state ?? "";
}

/**
 * Reads the frozen encoder of a GAN run and the vocabulary it was trained with; `text.*` and `tower.*`, but not what the
 * tower never learnt (see `frozenTower`).
 *
 * @throws UserError naming the file and its first tensor that does not fit.
 */
export function readEncoder(folder: string, config: Config): { encoder: State; vocabulary: Vocabulary } {
  return readStoredEncoder(`${folder}/checkpoints/text.safetensors`, config);
}

/** The same of any checkpoint that holds an encoder, e.g. the best one of a pre-training run. */
export function readStoredEncoder(path: string, config: Config): { encoder: State; vocabulary: Vocabulary } {
  const { stored, metadata } = readCheckpoint(path);
  if (!metadata.vocabulary) fail(`"${path}" is no text encoder of this kit: it carries no vocabulary.`);
  const vocabulary = vocabularyFromWords(JSON.parse(metadata.vocabulary) as string[]);
  const model = withoutMoments(stored);
  checkStored(model, damsmShapes(config, vocabulary).model, path);
  return { encoder: uploadStored(model), vocabulary };
}

function unchanged(folder: string, { engine }: Workplace): boolean {
  const before = readJson<Environment>(`${folder}/environment.json`);
  return compareEnvironments(before, describeEnvironment(engine).environment).length === 0;
}
