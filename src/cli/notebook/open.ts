/** What the notebooks work on: a configuration, its data set, made where it is not there, and the folder of runs. */
import { type Config, resolveConfig } from "../../model/config.ts";
import { prepareSet } from "../../data/mod.ts";
import { dataRoot, runsRoot } from "../../records/folder.ts";
import { provideData } from "../common/ready.ts";
import { ensureEngine } from "../machine/setup.ts";
import { quick, settings } from "./parameters.ts";

/** Hand it on to whatever starts, finds or judges runs. */
export interface Notebook {
  config: Config;
  /** Folder of all runs. */
  runs: string;
  /** Folder of all data sets. */
  data: string;
}

/** Stories that quick notebooks train on; validation and test have an eighth as many each. */
const quickStories = 64;

/** The narrowest networks that still draw something, and a handful of steps. */
const quickSettings = [
  "data.name=clipart-quick",
  "data.words=16",
  "text.width=32",
  "text.embedding=32",
  "text.towerWidth=8",
  "text.steps=60",
  "text.batch=16",
  "text.wordBatch=8",
  "model.noise=8",
  "model.storyCode=8",
  "model.generatorWidth=32",
  "model.discriminatorWidth=8",
  "loss.damsm=0", // a third of a step's compiling
  "train.steps=60",
  "train.batch=4",
  "train.ema=0",
  "record.log=5",
  "record.sample=20",
  "record.checkpoint=30",
  "record.stories=4",
  "record.validation=8",
];

/**
 * Resolves a notebook's configuration and makes its data set. All quick notebooks share one small set of stories, and
 * keep their runs apart, in `runs/quick`.
 *
 * @param overrides the notebook's own settings; those of `--set` come after them
 * @throws UserError for settings that do not exist, and when set or engine cannot be made.
 */
export async function openNotebook(preset: Config["preset"] = "tiny", overrides: string[] = []): Promise<Notebook> {
  const config = resolveConfig(preset, [...(quick ? quickSettings : []), ...overrides, ...settings()]);
  const [runs, data] = [quick ? `${runsRoot()}/quick` : runsRoot(), dataRoot()];
  await ensureEngine(config.engine);
  if (config.data.name === "clipart-quick") {
    await prepareSet("clipart", { name: config.data.name, options: { stories: quickStories }, root: data });
  } else await provideData(config.data.name, (text) => console.log(text));
  return { config, runs, data };
}
