/** What every run opens first: the engine, the data set and its vocabulary; and what it writes down about them. */
import type { Config } from "../base/config.ts";
import { digestJson } from "../base/files.ts";
import { openStorySet, type StorySet } from "../data/store/stories.ts";
import { buildVocabulary, type Vocabulary } from "../data/store/vocabulary.ts";
import { type EngineInfo, useEngine } from "../engine/mod.ts";
import { resolveSteps } from "../train/gan.ts";
import { dataRoot, runsRoot } from "../records/folder.ts";
import type { Watcher } from "../records/write.ts";

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

/** What pre-training of the text encoder depends on: runs that agree here share one encoder. */
export function encoderKey({ text, seed, precision, data }: Config, dataDigest: string): string {
  return digestJson({ text, seed, precision, words: data.words, data: dataDigest });
}
