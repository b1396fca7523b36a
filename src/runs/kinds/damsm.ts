/** Pre-training runs of a text encoder. One that is finished has `r-precision.json` and `samples/attention.png`. */
import { readJson, writeAtomic } from "../../base/files.ts";
import type { Split } from "../../data/store/stories.ts";
import { disposeTree, type State } from "../../engine/mod.ts";
import type { RPrecision } from "../../metrics/r_precision.ts";
import { damsm, withWordVectors } from "../../model/damsm/mod.ts";
import type { DataRecord } from "../../records/create.ts";
import { readCheckpoint } from "../../train/checkpoint.ts";
import { conditioner } from "../../train/inputs.ts";
import { damsmValidation, type EvaluateRetrieval, type Retrieval, retrievalEvaluator } from "../retrieval.ts";
import { attentionFigure, attentionPicks } from "../sampling/word_attention.ts";
import { readFrozen } from "../frozen.ts";
import { wordVectors } from "../sources.ts";
import { readStoredEncoder } from "../stored_encoder.ts";
import { dataShape, targetsRead, type Workplace } from "../workplace.ts";
import type { OpenRun, RunKind } from "./kind.ts";
import { checkpointPath } from "../../records/checkpoints.ts";

export const damsmRuns: RunKind = {
  kind: "damsm",
  stage: "pre-training",
  score: () => "loss.damsm.val",
  trainable: () => damsm,
  label: ({ preset, data }) => `damsm-${preset}-${data.name}`,
  async open(folder, place) {
    const { config, set, vocabulary } = place;
    const { glove } = readJson<DataRecord>(`${folder}/data.json`);
    const frozen = await readFrozen(folder, config, damsm.frozen!(config));
    const evaluate = retrievalEvaluator(config, set, vocabulary);
    const targets = targetsRead(damsm, config, set);
    return {
      data: dataShape(set, vocabulary, targets),
      vocabulary,
      frozen,
      condition: conditioner(damsm, config),
      validate: damsmValidation(evaluate, frozen),
      initialise: async (state) => startFromVectors((await wordVectors(config, vocabulary)).vectors)(state),
      metadata: { vocabulary: vocabulary.words, ...(targets.length > 0 ? { targets } : {}) },
      notes: glove ? [`text.glove has ${glove.found} of ${vocabulary.words.length} words`] : [],
      finish: () => describeEncoder(folder, place, evaluate, frozen),
      dispose: () => disposeTree(frozen),
    };
  },
};

/** Lets the embedding of a new run start from word vectors, see `text.glove`. */
export function startFromVectors(vectors: Map<number, Float32Array>): NonNullable<OpenRun["initialise"]> {
  return ({ model }) => {
    model["text.embedding"] = withWordVectors(model["text.embedding"]!, vectors);
    return Promise.resolve();
  };
}

/** Writes how well a finished run's best checkpoint retrieves captions, and the attention of some words. */
async function describeEncoder(
  folder: string,
  { config, set, vocabulary, watcher }: Workplace,
  evaluate: EvaluateRetrieval,
  frozen: State,
): Promise<void> {
  const path = checkpointPath(folder, "best");
  const { encoder } = readStoredEncoder(path, config);
  const model = { ...encoder, ...frozen };
  const splits: Partial<Record<Split, Retrieval>> = {};
  for (const split of ["val", "test"] as const) {
    if (set.split(split).length > 1) splits[split] = await evaluate(model, split);
  }
  writeAtomic(
    `${folder}/r-precision.json`,
    JSON.stringify({ step: Number(readCheckpoint(path).metadata.step), ...splits }, null, 2) + "\n",
  );
  const figure = await attentionFigure(config, model, vocabulary, attentionPicks(config, set));
  writeAtomic(`${folder}/samples/attention.png`, figure);
  disposeTree(encoder);
  for (const [split, { sentence, description }] of Object.entries(splits)) {
    const percent = ({ mean }: RPrecision) => `${(100 * mean).toFixed(1)} %`;
    watcher?.say(
      `R-precision on ${split}, 1 of ${sentence.among}: ${percent(sentence)} by one sentence, ` +
        `${percent(description)} by all sentences of the frame`,
    );
  }
}
