/**
 * The networks that evaluate the runs of a study: one text encoder that no run was trained with, so that Cosine and
 * R-precision of all runs are comparable; and one classifier of objects.
 *
 * The evaluating encoder has the runs' text settings and a seed of its own. Each data set needs its own evaluators,
 * since its vocabulary differs.
 */
import type { Config } from "../model/config.ts";
import { readJson } from "../base/files.ts";
import { encoderKey } from "../runs/encoder.ts";
import { hasBest, type RunRecord } from "../records/read.ts";

/** Seed of the evaluating encoder. A run with this seed would be evaluated by the encoder that it was trained with. */
export const evaluatorSeed = 101;

/**
 * The finished text encoders that may evaluate runs of a configuration. There can be two: that of the reference and one
 * that was trained on this machine; they need not be equal to the last bit.
 */
export function findTextEvaluators(config: Config, records: RunRecord[]): RunRecord[] {
  return findEncoders({ ...config, seed: evaluatorSeed }, records);
}

/** The finished text encoders that a run of a configuration can be trained with. */
export function findEncoders(wanted: Config, records: RunRecord[]): RunRecord[] {
  return records.filter(({ kind, status, config, data }) =>
    kind === "damsm" && status.state === "finished" && data.name === wanted.data.name &&
    encoderKey(config, data.digest) === encoderKey(wanted, data.digest)
  );
}

/** The newest finished classifier of a data set whose checkpoint is here; undefined where there is none. */
export function findClassifierRun(set: string, records: RunRecord[]): RunRecord | undefined {
  return records.findLast(({ kind, status, data, folder }) =>
    kind === "classifier" && status.state === "finished" && data.name === set && hasBest(folder)
  );
}

/** The part of a metric's name that identifies a text encoder, e.g. `damsm:1a2b3c4d`. */
export function textEvaluatorName({ folder, digests }: RunRecord): string {
  const { step } = readJson<{ step: number }>(`${folder}/r-precision.json`); // of its best checkpoint
  return `damsm:${(digests[String(step)] ?? "").slice(0, 8)}`;
}
