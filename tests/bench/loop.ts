/** The real training loop for the bench: `trainGan` on the prepared stories, with a random text encoder and no output. */
import type { Config } from "../../src/model/config.ts";
import { openStorySet } from "../../src/data/mod.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { initialize } from "../../src/model/parameters.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { trainingVocabulary } from "../../src/runs/workplace.ts";
import { damsmParameters } from "../../src/train/damsm.ts";
import { freshCarry, trainGan } from "../../src/train/gan.ts";
import { storyEncoder } from "../../src/train/text.ts";

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
  await trainGan({
    system,
    config,
    set,
    vocabulary,
    encoder: initialize(damsmParameters(config, vocabulary), config.seed),
    encode: storyEncoder(config),
    start: { step: 0, carry: freshCarry(system, config), best: undefined },
    // With the settings below, the loop samples only once, after its last step.
    record: { metrics() {}, timing() {}, tick, sample: () => Promise.resolve(end()), save: () => Promise.resolve() },
    validate: () => Promise.resolve({ values: {}, score: 0 }),
  });
}

/** Settings with which the loop neither samples nor saves before its end. */
export const undisturbed = ["record.sample=1000000", "record.checkpoint=1000000", "record.log=1000000"];
