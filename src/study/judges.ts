/**
 * Who judges the runs of a study: one text encoder that none of them was trained against, so that Cosine and R-precision
 * of all stand in one column; and one classifier of objects.
 *
 * The encoder has the runs' text settings and a seed of its own. A data set has its own judges, for its words are other
 * words.
 */
import type { Config } from "../base/config.ts";
import { readJson } from "../base/files.ts";
import { encoderKey } from "../runs/prepare.ts";
import type { RunOf } from "../runs/records.ts";
import { exists } from "../runs/start.ts";

/** No run of a study should have this seed, or its encoder would judge what was trained against it. */
export const judgeSeed = 101;

/** The finished encoder that judges runs of a configuration, if it was trained. */
export function findJudge({ ...config }: Config, records: RunOf[]): RunOf | undefined {
  const judge = { ...config, seed: judgeSeed };
  return records.findLast(({ kind, status, config, data }) =>
    kind === "damsm" && status.state === "finished" && data.name === judge.data.name &&
    encoderKey(config, data.digest) === encoderKey(judge, data.digest)
  );
}

/** The finished classifier of a data set, if one was trained and its checkpoint is here. */
export function findClassifierRun(set: string, records: RunOf[]): RunOf | undefined {
  return records.findLast(({ kind, status, data, folder }) =>
    kind === "classifier" && status.state === "finished" && data.name === set && hasBest(folder)
  );
}

/** Whether what a run learnt is here, and not only its record. */
export const hasBest = (folder: string): boolean => exists(`${folder}/checkpoints/best.safetensors`);

/** As the encoder stands in a metric's name, e.g. `damsm:1a2b3c4d`. */
export function judgeName({ folder, digests }: RunOf): string {
  const { step } = readJson<{ step: number }>(`${folder}/r-precision.json`); // of its best checkpoint
  return `damsm:${(digests[String(step)] ?? "").slice(0, 8)}`;
}
