/** Writes what a run folder holds before training begins: configuration, data, environment. */
import { writeAtomic } from "../base/files.ts";
import { splits, type StorySet } from "../data/store/stories.ts";
import type { Vocabulary } from "../data/store/vocabulary.ts";
import type { EngineInfo } from "../engine/mod.ts";
import type { Config } from "../model/config.ts";
import { describeEnvironment } from "./environment.ts";

/** Contents of data.json. */
export interface DataRecord {
  name: string;
  /** SHA-256 of the data set's manifest. */
  digest: string;
  stories: Record<string, number>;
  frames: number;
  /** Size of the vocabulary, padding and unknown word included. */
  vocabulary: number;
  /** Objects, places and weathers that the losses read, in the order of the object head's outputs. */
  targets?: string[];
  /** The frozen text encoder: its run, and the digest of its state. */
  encoder?: { run: string; digest: string } | undefined;
  /**
   * The word vectors that initialised the embedding: SHA-256 of the file, and how many words of the vocabulary it
   * contains.
   */
  glove?: { digest: string; found: number };
  /** SHA-256 of the weights of the frozen image encoder. */
  towerWeights?: string;
}

/** Everything that describes a new run. */
export interface RunDescription {
  config: Config;
  set: StorySet;
  vocabulary: Vocabulary;
  engine: EngineInfo;
}

/**
 * Writes config.json, data.json, environment.json and uncommitted.diff into a new run folder.
 *
 * @throws UserError when a file cannot be written.
 */
export function describeRun(
  folder: string,
  { config, set, vocabulary, engine }: RunDescription,
  sources: Pick<DataRecord, "encoder" | "glove" | "towerWeights" | "targets"> = {},
): void {
  const data: DataRecord = {
    name: set.name,
    digest: set.digest,
    stories: Object.fromEntries(splits.map((split) => [split, set.split(split).length])),
    frames: set.frames,
    vocabulary: vocabulary.words.length,
    ...sources,
  };
  const { environment, diff } = describeEnvironment(engine);
  const write = (name: string, value: unknown) =>
    writeAtomic(`${folder}/${name}`, JSON.stringify(value, null, 2) + "\n");
  write("config.json", config);
  write("data.json", data);
  write("environment.json", environment);
  if (diff) writeAtomic(`${folder}/uncommitted.diff`, diff);
}
