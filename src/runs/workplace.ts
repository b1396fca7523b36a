/** Opened by every run first: the engine, the data set and its vocabulary. */
import { SIZE } from "../data/files/pictures.ts";
import { allTargets, hasTargets } from "../data/batches/targets.ts";
import { openStorySet, type StorySet } from "../data/store/stories.ts";
import { buildVocabulary, type Vocabulary } from "../data/store/vocabulary.ts";
import { type EngineInfo, useEngine } from "../engine/mod.ts";
import type { Config } from "../model/config.ts";
import type { DataShape, Trainable } from "../model/contract.ts";
import { resolveSteps } from "../train/loop.ts";
import type { DataRecord } from "../records/create.ts";
import { dataRoot, runsRoot } from "../records/folder.ts";
import type { Watcher } from "../records/write.ts";

/** Settings of a start or resume beside the configuration. */
export interface RunOptions {
  /** Folder of all runs. Default: {@link runsRoot}. */
  runs?: string | undefined;
  /** Folder of all data sets. Default: {@link dataRoot}. */
  data?: string | undefined;
  /** Ends the run after the step under way; its state is saved. */
  signal?: AbortSignal | undefined;
  watcher?: Watcher | undefined;
}

/** Engine, data and options of a run. */
export interface Workplace {
  /** With `train.steps` resolved, and without object heads where the set has nothing to learn them from. */
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
  const { config: possible, off } = withPossibleHeads(config, set);
  if (off.length > 0) {
    options.watcher?.say(
      `${set.name}: neither labels nor scene graphs, so trained without object heads: ${off.join(" ")}`,
    );
  }
  return {
    config: { ...possible, train: { ...config.train, steps } },
    set,
    vocabulary: trainingVocabulary(set),
    engine,
    root: options.runs ?? runsRoot(),
    signal: options.signal,
    watcher: options.watcher,
  };
}

/** The keys of object heads, which learn what frames show. */
const headKeys = { text: ["objects"], loss: ["objects", "encoderObjects"] } as const;

/**
 * A configuration without object heads where it is not known what a set's frames show: pictures and captions alone are
 * enough to train.
 *
 * @returns with the settings that were changed, e.g. `loss.objects=0`
 */
export function withPossibleHeads(config: Config, set: StorySet): { config: Config; off: string[] } {
  if (hasTargets(set)) return { config, off: [] };
  const [changed, off] = [structuredClone(config), [] as string[]];
  for (const [section, keys] of Object.entries(headKeys)) {
    const values = changed[section as keyof typeof headKeys] as Record<string, unknown>;
    for (const key of keys.filter((key) => Number(values[key] ?? 0) > 0)) {
      values[key] = 0;
      off.push(`${section}.${key}=0`);
    }
  }
  return { config: changed, off };
}

/** Every word of the training captions. */
export function trainingVocabulary(set: StorySet): Vocabulary {
  return buildVocabulary(
    set.split("train").flatMap(({ frames }) => frames.flatMap(({ captions }) => captions.map(({ text }) => text))),
  );
}

/** The data that shapes and schedules of a trainable depend on. */
export function dataShape(set: StorySet, vocabulary: Vocabulary, targets: string[] = []): DataShape {
  const { frames, size } = set;
  return { stories: set.split("train").length, frames, size, words: vocabulary.words.length, targets };
}

/** The targets of a set that a trainable reads, see `DataShape`. @throws UserError when the set has none. */
export function targetsRead(trainable: Trainable, config: Config, set: StorySet): string[] {
  if (!trainable.readsTargets?.(config)) return [];
  return allTargets(set, config.classifier.share);
}

/** The targets that a run reads, for its record; nothing where it reads none. */
export function recordOfTargets(
  { config, set }: Pick<Workplace, "config" | "set">,
  trainable: Trainable,
): Pick<DataRecord, "targets"> {
  const targets = targetsRead(trainable, config, set);
  return targets.length > 0 ? { targets } : {};
}

/** {@link dataShape} of the data that a run was trained on, by its record. */
export function recordedShape(
  { stories, frames, vocabulary, targets: recorded = [] }: DataRecord,
  targets = recorded,
): DataShape {
  return { stories: stories.train ?? 0, frames, size: SIZE, words: vocabulary, targets };
}
