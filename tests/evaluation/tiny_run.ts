/** A run folder with fresh weights, its text encoder and its data: what evaluation needs, without training. */
import { openStorySet, prepareSet } from "../../src/data/mod.ts";
import { disposeTree } from "../../src/engine/mod.ts";
import { damsm } from "../../src/model/damsm/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { dataShape, targetsRead, trainingVocabulary } from "../../src/runs/workplace.ts";
import type { DataRecord } from "../../src/records/create.ts";
import { runningStatus, writeStatus } from "../../src/records/status.ts";
import { checkpointNames, digestState, readState, type Stored, writeCheckpoint } from "../../src/train/checkpoint.ts";
import { initialState } from "../../src/train/state.ts";
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
  const words = trainingVocabulary(set);
  const system = systemByName("ours");
  const targets = targetsRead(system, config, set);
  const data = dataShape(set, words, targets);
  const record: DataRecord = {
    name: set.name,
    digest: set.digest,
    stories: { train: data.stories },
    frames: data.frames,
    vocabulary: data.words,
    targets,
  };
  Deno.writeTextFileSync(`${folder}/data.json`, JSON.stringify(record));
  writeStatus(folder, { ...runningStatus("gan", 3, 3), state: "finished" });

  const state = initialState(system, config, data);
  const stored = await readState(checkpointNames(state));
  change(stored);
  save(`${folder}/checkpoints/best.safetensors`, stored, { step: "3", best: JSON.stringify({ step: 3, score: 7 }) });
  const encoder = initialize(damsm.parameters(config, data), 1);
  const vocabulary = JSON.stringify(words.words);
  save(`${folder}/checkpoints/text.safetensors`, await readState(encoder), {
    vocabulary,
    targets: JSON.stringify(targets),
  });
  disposeTree([state, encoder]);
  return { folder, data: `${root}/data`, set, config };
}

function save(path: string, stored: Stored, metadata: Record<string, string>): void {
  writeCheckpoint(path, stored, { ...metadata, state: digestState(stored) });
}
