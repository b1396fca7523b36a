/** Draws the word attention of a pre-training run again, or for a chosen story. */
import { validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { fileNameOf } from "../../base/file_names.ts";
import { exists, readJson, writeAtomic } from "../../base/files.ts";
import { openStorySet, splits } from "../../data/store/stories.ts";
import { disposeTree, useEngine } from "../../engine/mod.ts";
import { attentionFigure, attentionPicks } from "./word_attention.ts";
import { readStoredEncoder } from "../stored_encoder.ts";
import { dataRoot } from "../../records/folder.ts";
import type { DataRecord } from "../../records/create.ts";
import { frozenImageEncoder } from "../sources.ts";
import { readStatus } from "../../records/status.ts";
import { checkpointPath } from "../../records/checkpoints.ts";

/** Settings of {@link drawAttention}. */
export interface AttentionOptions {
  /** Id of a story, whose frames are shown. Default: frames of the first validation stories. */
  story?: string | undefined;
  /** Default: in the run's `samples`. */
  out?: string | undefined;
  /** Folder of all data sets. Default: {@link dataRoot}. */
  data?: string | undefined;
}

/**
 * Draws the figure of a run.
 *
 * @returns the path it was written to.
 * @throws UserError when the run is no pre-training, has no checkpoint, or there is no such story.
 */
export async function drawAttention(folder: string, { story: id, out, data }: AttentionOptions = {}): Promise<string> {
  if (readStatus(folder).kind !== "damsm") fail(`"${folder}" generates stories; name a pre-training run.`);
  const config = validateConfig(readJson(`${folder}/config.json`));
  const checkpoint = checkpointPath(folder, "best");
  if (!exists(checkpoint)) fail(`The run "${folder}" has no checkpoint yet; let it train to one (deno task resume).`);
  const set = await openStorySet(config.data.name, data ?? dataRoot());
  const story = splits.flatMap((split) => set.split(split)).find((story) => story.id.normalize() === id?.normalize());
  if (id !== undefined && !story) {
    fail(`The data set "${set.name}" has no story "${id}"; one is ${set.split("val")[0]?.id ?? "train-00000"}.`);
  }
  await useEngine(config.engine, { ...config, precision: "float32" });
  const { encoder, vocabulary } = readStoredEncoder(checkpoint, config);
  const { frozen } = await frozenImageEncoder(config, readJson<DataRecord>(`${folder}/data.json`).towerWeights);
  const model = { ...encoder, ...frozen };
  const path = out ?? `${folder}/samples/attention${id === undefined ? "" : `-${fileNameOf(id)}`}.png`;
  writeAtomic(path, await attentionFigure(config, model, vocabulary, attentionPicks(config, set, story)));
  disposeTree(model);
  return path;
}
