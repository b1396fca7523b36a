/** What every run opens first: the engine, the data set and its vocabulary; and what it writes down about them. */
import type { Config } from "../base/config.ts";
import { digestJson, writeAtomic } from "../base/files.ts";
import { openStorySet, splits, type StorySet } from "../data/stories.ts";
import { buildVocabulary, type Vocabulary } from "../data/vocabulary.ts";
import { type EngineInfo, useEngine } from "../engine/mod.ts";
import { resolveSteps } from "../train/gan.ts";
import { describeEnvironment } from "./environment.ts";
import { dataRoot, runsRoot } from "./folder.ts";
import type { Watcher } from "./record.ts";

/** How a run is started or resumed, beside its configuration. */
export interface RunOptions {
  /** Folder of all runs. Default: {@link runsRoot}. */
  runs?: string;
  /** Folder of all data sets. Default: {@link dataRoot}. */
  data?: string;
  /** Ends the run after the step under way; its state is saved. */
  signal?: AbortSignal;
  watcher?: Watcher;
}

/** What runs of one configuration have in common. */
export interface Workplace {
  /** With `train.steps` resolved. */
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  engine: EngineInfo;
  /** Folder of all runs. */
  root: string;
  signal: AbortSignal | undefined;
  watcher: Watcher | undefined;
}

/**
 * Opens engine and data.
 *
 * @throws UserError when the engine does not start or the data set is missing or damaged.
 */
export async function openWorkplace(config: Config, options: RunOptions = {}): Promise<Workplace> {
  const set = await openStorySet(config.data.name, options.data ?? dataRoot());
  const steps = resolveSteps(config, set.split("train").length);
  const engine = await useEngine(config.engine, config);
  return {
    config: { ...config, train: { ...config.train, steps } },
    set,
    vocabulary: trainingVocabulary(set),
    engine,
    root: options.runs ?? runsRoot(),
    signal: options.signal,
    watcher: options.watcher,
  };
}

/** Every word of the training captions. */
export function trainingVocabulary(set: StorySet): Vocabulary {
  return buildVocabulary(
    set.split("train").flatMap(({ frames }) => frames.flatMap(({ captions }) => captions.map(({ text }) => text))),
  );
}

/** What data.json says. */
export interface DataRecord {
  name: string;
  /** SHA-256 of the data set's manifest. */
  digest: string;
  stories: Record<string, number>;
  frames: number;
  /** Entries of the vocabulary, padding and unknown included. */
  vocabulary: number;
  /** The frozen text encoder: its run and the digest of its state. */
  encoder?: { run: string; digest: string };
  /** Word vectors that the embedding started from: the file's SHA-256, and how many words of the vocabulary it holds. */
  glove?: { digest: string; found: number };
  /** SHA-256 of the frozen image tower's weights. */
  towerWeights?: string;
}

/** Writes config.json, data.json, environment.json and uncommitted.diff into a new run folder. */
export function describeRun(
  folder: string,
  place: Workplace,
  sources: Pick<DataRecord, "encoder" | "glove" | "towerWeights"> = {},
): void {
  const { config, set, vocabulary } = place;
  const data: DataRecord = {
    name: set.name,
    digest: set.digest,
    stories: Object.fromEntries(splits.map((split) => [split, set.split(split).length])),
    frames: set.frames,
    vocabulary: vocabulary.words.length,
    ...sources,
  };
  const { environment, diff } = describeEnvironment(place.engine);
  const write = (name: string, value: unknown) =>
    writeAtomic(`${folder}/${name}`, JSON.stringify(value, null, 2) + "\n");
  write("config.json", config);
  write("data.json", data);
  write("environment.json", environment);
  if (diff) writeAtomic(`${folder}/uncommitted.diff`, diff);
}

/** What pre-training of the text encoder depends on: runs that agree here share one encoder. */
export function encoderKey({ text, seed, precision, data }: Config, dataDigest: string): string {
  return digestJson({ text, seed, precision, words: data.words, data: dataDigest });
}
