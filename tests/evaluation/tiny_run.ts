/** A run folder with fresh weights, its text encoder and its data: what evaluation needs, without training. */
import type { Config } from "../../src/model/config.ts";
import { openStorySet, prepareSet } from "../../src/data/mod.ts";
import { disposeTree } from "../../src/engine/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { trainingVocabulary } from "../../src/runs/workplace.ts";
import { runningStatus, writeStatus } from "../../src/records/status.ts";
import { checkpointNames, digestState, readState, type Stored, writeCheckpoint } from "../../src/train/checkpoint.ts";
import { damsmParameters } from "../../src/train/damsm.ts";
import { freshCarry } from "../../src/train/gan.ts";
import { startEngine, tinyConfig } from "../train/tiny.ts";

/** Writes data set and run below `root`; `change` may spoil the state that is saved. */
export async function tinyRun(root: string, change: (stored: Stored) => void = () => {}, ...overrides: string[]) {
  await startEngine();
  const config = tinyConfig(...overrides);
  await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root: `${root}/data` });
  const set = await openStorySet("clipart", `${root}/data`);
  const folder = `${root}/runs/0002-tiny`;
  Deno.mkdirSync(`${folder}/checkpoints`, { recursive: true });
  Deno.writeTextFileSync(`${folder}/config.json`, JSON.stringify(config));
  Deno.writeTextFileSync(`${folder}/data.json`, JSON.stringify({ name: set.name, digest: set.digest }));
  writeStatus(folder, { ...runningStatus("gan", 3, 3), state: "finished" });

  const words = trainingVocabulary(set);
  const carry = freshCarry(systemByName("ours"), config);
  const stored = await readState(checkpointNames(carry));
  change(stored);
  save(`${folder}/checkpoints/best.safetensors`, stored, { step: "3", best: JSON.stringify({ step: 3, score: 7 }) });
  const encoder = initialize(damsmParameters(config, words), 1);
  const vocabulary = JSON.stringify(words.words);
  save(`${folder}/checkpoints/text.safetensors`, await readState(encoder), { vocabulary });
  disposeTree([carry, encoder]);
  return { folder, data: `${root}/data`, set, config: config as Config };
}

function save(path: string, stored: Stored, metadata: Record<string, string>): void {
  writeCheckpoint(path, stored, { ...metadata, state: digestState(stored) });
}
