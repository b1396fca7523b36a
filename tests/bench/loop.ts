/** The real training loop for the bench, on the prepared stories, with a random text encoder and no output. */
import type { Config } from "../../src/model/config.ts";
import { openStorySet } from "../../src/data/mod.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { damsm } from "../../src/model/damsm/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { dataShape, targetsRead, trainingVocabulary } from "../../src/runs/workplace.ts";
import { conditioner } from "../../src/train/inputs.ts";
import { train } from "../../src/train/loop.ts";
import { initialState } from "../../src/train/state.ts";

/**
 * Trains for `config.train.steps` steps.
 *
 * @param tick called after each step was submitted to the engine
 * @param end called after the last step is computed
 */
export async function runLoop(config: Config, tick: (step: number) => void, end: () => void): Promise<void> {
  await useEngine(config.engine);
  const set = await openStorySet(config.data.name);
  const vocabulary = trainingVocabulary(set);
  const system = systemByName(config.system);
  const data = dataShape(set, vocabulary, targetsRead(system, config, set));
  await train({
    trainable: system,
    config,
    data,
    set,
    vocabulary,
    frozen: initialize(damsm.parameters(config, data), config.seed),
    condition: conditioner(system, config),
    start: { step: 0, state: initialState(system, config, data), best: undefined },
    // With the settings below, the loop samples only once, after its last step.
    record: { metrics() {}, timing() {}, tick, sample: () => Promise.resolve(end()), save: () => Promise.resolve() },
    validate: () => Promise.resolve({ values: {}, score: 0 }),
  });
}

/** Settings with which the loop neither samples nor saves before its end. */
export const undisturbed = ["record.sample=1000000", "record.checkpoint=1000000", "record.log=1000000"];
