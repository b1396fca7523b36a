/** The frozen networks that a trainable names (`Trainable.frozen`), read from where they come from. */
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import type { State } from "../engine/mod.ts";
import type { Config } from "../model/config.ts";
import type { FrozenNetwork } from "../model/contract.ts";
import type { DataRecord } from "../records/create.ts";
import { frozenImageEncoder } from "./sources.ts";
import { readEncoder } from "./stored_encoder.ts";

type Read = (folder: string, config: Config) => State | Promise<State>;

/** How the tensors of each `FrozenNetwork.from` are read for a run; a system that needs another source adds it here. */
const sources: Record<string, Read> = {
  /** The copy of the text and image encoder in the run folder. */
  damsm: (folder, config) => readEncoder(folder, config).encoder,
  /** The published weights that the configuration names, compared with the digest in data.json. */
  async weights(folder, config) {
    return (await frozenImageEncoder(config, readJson<DataRecord>(`${folder}/data.json`).towerWeights)).frozen;
  },
};

/**
 * Reads frozen networks for a run; each source is read once, whole.
 *
 * @returns their tensors; the caller owns them
 * @throws UserError for an unknown source, or a file that is missing, damaged or not the recorded one.
 */
export async function readFrozen(folder: string, config: Config, networks: FrozenNetwork[]): Promise<State> {
  const all: State = {};
  for (const from of new Set(networks.map(({ from }) => from))) {
    const read = sources[from] ??
      fail(`Frozen networks cannot come from "${from}"; the sources are ${Object.keys(sources).join(", ")}.`);
    Object.assign(all, await read(folder, config));
  }
  return all;
}
