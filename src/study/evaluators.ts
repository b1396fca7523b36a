/**
 * Who judges the runs of a study: one text encoder that none of them was trained against, so that Cosine and R-precision
 * of all stand in one column; and one classifier of objects.
 *
 * The encoder has the runs' text settings and a seed of its own. A data set has its own judges, for its words are other
 * words.
 */
import type { Config } from "../model/config.ts";
import { readJson } from "../base/files.ts";
import { encoderKey } from "../runs/encoder.ts";
import { hasBest, type RunRecord } from "../records/read.ts";

/** No run of a study should have this seed, or its encoder would judge what was trained against it. */
export const judgeSeed = 101;

/**
 * The finished encoders that judge runs of a configuration: one, or that of the reference and one that was trained here
 * on another machine, which are not the same to the last bit.
 */
export function findJudges(config: Config, records: RunRecord[]): RunRecord[] {
  return findEncoders({ ...config, seed: judgeSeed }, records);
}

/** The finished encoders that a run of a configuration could be trained with. */
export function findEncoders(wanted: Config, records: RunRecord[]): RunRecord[] {
  return records.filter(({ kind, status, config, data }) =>
    kind === "damsm" && status.state === "finished" && data.name === wanted.data.name &&
    encoderKey(config, data.digest) === encoderKey(wanted, data.digest)
  );
}

/** The finished classifier of a data set, if one was trained and its checkpoint is here. */
export function findClassifierRun(set: string, records: RunRecord[]): RunRecord | undefined {
  return records.findLast(({ kind, status, data, folder }) =>
    kind === "classifier" && status.state === "finished" && data.name === set && hasBest(folder)
  );
}

/** As the encoder stands in a metric's name, e.g. `damsm:1a2b3c4d`. */
export function judgeName({ folder, digests }: RunRecord): string {
  const { step } = readJson<{ step: number }>(`${folder}/r-precision.json`); // of its best checkpoint
  return `damsm:${(digests[String(step)] ?? "").slice(0, 8)}`;
}
