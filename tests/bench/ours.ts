/**
 * Our side of the bench, see side.ts: `ours.ts FOLDER train|generate`, the counterpart of `torch/worker.py`.
 *
 * Runs the same functions as training and sampling, compiled by `jit`, with fresh noise for each run.
 */
import { disposeTree, jit, useEngine } from "../../src/engine/mod.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { storyDrawer } from "../../src/runs/sampling/draw.ts";
import { drawNoise } from "../../src/train/draws.ts";
import { ganStep, stepScalars } from "../../src/train/gan.ts";
import { readConfig, readGenerationInputs, readInputs } from "./inputs.ts";
import type { Peaks } from "./side.ts";

/** Runs the workload once and returns a number of its result; reading that number waits for the whole run. */
type Run = () => Promise<number>;

/** A training step; returns the generator's loss. */
function training(folder: string): Run {
  const { config, batch, frozen, draws, carry: start } = readInputs(folder);
  const takeStep = jit(ganStep(systemByName(config.system), config), { name: "bench-train", donate: [0] });
  let [carry, step] = [start, 0];
  return async () => {
    step++;
    const inputs = [drawNoise(draws, config.seed, "noise", step), stepScalars(config, step)] as const;
    const result = takeStep(carry, batch, ...inputs, frozen);
    carry = result.carry;
    const [loss] = await result.report["loss.g"]!.data();
    disposeTree([...inputs, result.report]);
    return loss!;
  };
}

/** Generation of the batch's stories; returns the mean of the frames. */
function generation(folder: string): Run {
  const { config, draws, weights, text } = readGenerationInputs(folder);
  const draw = storyDrawer(systemByName(config.system), config);
  let number = 0;
  return async () => {
    const noise = drawNoise({ z: draws.z! }, config.seed, "story", ++number);
    const images = draw(weights, text, noise);
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
