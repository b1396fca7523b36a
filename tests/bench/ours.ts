/**
 * Our side of the bench, see side.ts: `ours.ts FOLDER train|generate`, the counterpart of `torch/worker.py`.
 *
 * Runs the same functions as training and sampling, compiled by `jit`, with fresh noise for each run.
 */
import { disposeTree, jit, useEngine } from "../../src/engine/mod.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { storyGenerator } from "../../src/runs/sampling/generate.ts";
import { sampleNoise } from "../../src/train/inputs.ts";
import { stepScalars, trainingStep } from "../../src/train/step.ts";
import { benchData, readConfig, readGenerationInputs, readInputs } from "./inputs.ts";
import type { Peaks } from "./side.ts";

/** Runs the workload once and returns a number of its result; reading that number waits for the whole run. */
type Run = () => Promise<number>;

/** A training step; returns the generator's loss. */
function training(folder: string): Run {
  const { config, batch, frozen, draws, state: start } = readInputs(folder);
  const system = systemByName(config.system);
  const takeStep = jit(trainingStep(system, config, benchData), { name: "bench-train", donate: [0] });
  let [state, step] = [start, 0];
  return async () => {
    step++;
    const noise = sampleNoise(draws, config.seed, "noise", step);
    const scalars = stepScalars(system, config, benchData, step);
    const result = takeStep(state, { stories: batch }, noise, scalars, frozen);
    state = result.state;
    const [loss] = await result.report["loss.g"]!.data();
    disposeTree([noise, scalars, result.report]);
    return loss!;
  };
}

/** Generation of the batch's stories; returns the mean of the frames. */
function generation(folder: string): Run {
  const { config, weights, condition } = readGenerationInputs(folder);
  const system = systemByName(config.system);
  const latents = system.latents(config, condition.words!.shape[0]!, benchData.frames);
  const generate = storyGenerator(system, config);
  let number = 0;
  return async () => {
    const noise = sampleNoise(latents, config.seed, "story", ++number);
    const images = generate(weights, condition, noise);
    const values = await images.data<"float32">();
    disposeTree([images, noise]);
    return values.reduce((sum, x) => sum + x, 0) / values.length;
  };
}

/** Peak memory of this process. */
function peaks(): Peaks {
  const line = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"));
  return { rss: Number(line?.[1]) * 1024 };
}

async function main([folder, kind]: string[]): Promise<void> {
  const engine = await useEngine(readConfig(folder!).engine);
  const run = kind === "train" ? training(folder!) : generation(folder!);
  const send = (message: object) => console.log(JSON.stringify(message));
  send({ value: await run(), version: engine.version, threads: engine.threads });
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    // The caller sends one request at a time and waits for the answer.
    if (text.trim() === "memory") {
      send(peaks());
      continue;
    }
    const start = performance.now();
    const value = await run();
    send({ ms: performance.now() - start, value });
  }
}

await main(Deno.args);
