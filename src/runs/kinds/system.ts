/** Runs of story systems: conditioned by the run's frozen text encoder, validated by its image encoder. */
import { disposeTree } from "../../engine/mod.ts";
import { systemByName } from "../../model/systems/mod.ts";
import { conditioner } from "../../train/inputs.ts";
import { storyGenerator } from "../sampling/generate.ts";
import { sampleGrid } from "../sampling/sample_grid.ts";
import { readFrozen } from "../frozen.ts";
import { readVocabulary } from "../stored_encoder.ts";
import { bestBy, systemValidation, validationNetworks } from "../validation.ts";
import { dataShape, targetsRead } from "../workplace.ts";
import type { RunKind } from "./kind.ts";

export const systemRuns: RunKind = {
  kind: "gan",
  stage: "training",
  score: bestBy,
  trainable: ({ system }) => systemByName(system),
  label: ({ system, preset }, { name }) => `${system}-${preset}-${name}`,
  async open(folder, { config, set }) {
    const system = systemByName(config.system);
    const vocabulary = readVocabulary(folder);
    const frozen = await readFrozen(folder, config, [...system.frozen?.(config) ?? [], ...validationNetworks(config)]);
    const condition = conditioner(system, config);
    const generate = storyGenerator(system, config);
    const generating = { system, config, set, vocabulary, frozen, condition, generate };
    return {
      data: dataShape(set, vocabulary, targetsRead(system, config, set)),
      vocabulary,
      frozen,
      condition,
      validate: systemValidation(generating),
      sample: await sampleGrid(folder, generating),
      metadata: { vocabulary: vocabulary.words },
      notes: [],
      dispose() {
        for (const compiled of [condition, generate]) compiled.dispose();
        disposeTree(frozen);
      },
    };
  },
};
