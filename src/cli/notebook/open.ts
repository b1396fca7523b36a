/** The start of a notebook: its configuration, its data set, which is prepared if missing, and the folder of runs. */
import { type Config, resolveConfig } from "../../model/config.ts";
import { prepareSet } from "../../data/mod.ts";
import { dataRoot, runsRoot } from "../../records/folder.ts";
import { ensureEngine } from "../common/engine.ts";
import { provideData } from "../common/provide_data.ts";
import { quick, settings } from "./parameters.ts";

/** Passed to the functions that start, find or evaluate runs. */
export interface Notebook {
  config: Config;
  /** The overrides of the preset in it: those of the notebook, of `--set`, and of quick notebooks. */
  asked: string[];
  /** Folder of all runs. */
  runs: string;
  /** Folder of all data sets. */
  data: string;
}

/** Training stories of quick notebooks; validation and test have an eighth as many each. */
const quickStories = 64;

/** Very narrow networks and few steps: enough to test that every cell works. */
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
  "loss.damsm=0", // saves a third of a step's compilation time
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
 * Resolves a notebook's configuration and prepares its data set. All quick notebooks share one small set of stories, and
 * write their runs to `runs/quick`.
 *
 * @param overrides the notebook's own settings; those of `--set` come after them
 * @throws UserError for unknown settings, and when data set or engine cannot be prepared.
 */
export async function openNotebook(preset: Config["preset"] = "tiny", overrides: string[] = []): Promise<Notebook> {
  const asked = [...(quick ? quickSettings : []), ...overrides, ...settings()];
  const config = resolveConfig(preset, asked);
  const [runs, data] = [quick ? `${runsRoot()}/quick` : runsRoot(), dataRoot()];
  await ensureEngine(config.engine);
  if (config.data.name === "clipart-quick") {
    await prepareSet("clipart", { name: config.data.name, options: { stories: quickStories }, root: data });
  } else await provideData(config.data.name, (text) => console.log(text));
  return { config, asked, runs, data };
}
