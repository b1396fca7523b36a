/** Finds a finished run of a configuration, so that it is not trained again. */
import { type Config, validateConfig } from "../model/config.ts";
import { exists, readJson } from "../base/files.ts";
import { lastCheckpoint } from "../records/checkpoints.ts";
import { listRuns } from "../records/folder.ts";
import type { DataRecord } from "../records/create.ts";
import { openWorkplace, type RunOptions } from "./workplace.ts";
import { configDigest } from "../records/write.ts";
import { readStatus } from "../records/status.ts";
import { type RunEnd, trainIn } from "./train.ts";

/**
 * The folder of the latest finished GAN run of a configuration on the same data that still has its checkpoints.
 *
 * @param config with `train.steps` resolved; `dataDigest` is that of the set's manifest
 */
export function findTrained(root: string, config: Config, dataDigest: string): string | undefined {
  const wanted = configDigest(config, "gan");
  return listRuns(root).findLast(({ folder }) => {
    try {
      const { kind, state, step } = readStatus(folder);
      if (kind !== "gan" || state !== "finished" || step !== config.train.steps) return false;
      if (!exists(lastCheckpoint(folder))) return false;
      if (readJson<DataRecord>(`${folder}/data.json`).digest !== dataDigest) return false;
      return configDigest(validateConfig(readJson(`${folder}/config.json`)), "gan") === wanted;
    } catch {
      return false; // a run that was killed while it was set up, or of another version
    }
  })?.folder;
}

/**
 * The folder of the latest finished run of the configuration, as {@link findTrained} finds it; nothing is trained.
 *
 * @throws UserError as {@link openWorkplace} does.
 */
export async function findFinished(config: Config, options: RunOptions = {}): Promise<string | undefined> {
  const place = await openWorkplace(config, options);
  return findTrained(place.root, place.config, place.set.digest);
}

/**
 * A finished run of the configuration: an earlier one, or else one that is trained now.
 *
 * @returns its folder; "interrupted" if the signal ended it, with the folder of the run that it ended.
 */
export async function provideTrained(config: Config, options: RunOptions = {}): Promise<RunEnd> {
  const place = await openWorkplace(config, options);
  const found = findTrained(place.root, place.config, place.set.digest);
  if (found === undefined) return await trainIn(place);
  place.watcher?.say(`trained before: ${found.slice(found.lastIndexOf("/") + 1)}`);
  return { folder: found, end: { state: "finished", step: place.config.train.steps, best: undefined } };
}
