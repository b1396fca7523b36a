/**
 * Our side of the bench, see side.ts: `ours.ts FOLDER train|draw`, the twin of `torch/worker.py`.
 *
 * Runs what training and sampling run: `ganStep` and `storyDrawer` through `jit`, with fresh noise for each piece of work.
 */
import { disposeTree, jit, useEngine } from "../../src/engine/mod.ts";
import { systemByName } from "../../src/model/systems/mod.ts";
import { storyDrawer } from "../../src/runs/sampling/draw.ts";
import { drawNoise } from "../../src/train/draws.ts";
import { ganStep, stepScalars } from "../../src/train/gan.ts";
import { readConfig, readDrawing, readInputs } from "./inputs.ts";
import type { Peaks } from "./side.ts";

/** One piece of work: a number of its result, and reading it has waited for the rest. */
type Piece = () => Promise<number>;

/** A training step; gives the generator's loss. */
function training(folder: string): Piece {
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

/** The batch's stories drawn; gives the mean of the frames. */
function drawing(folder: string): Piece {
  const { config, draws, weights, text } = readDrawing(folder);
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

/** The most memory this process ever had. */
function peaks(): Peaks {
  const line = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"));
  return { rss: Number(line?.[1]) * 1024 };
}

async function main([folder, kind]: string[]): Promise<void> {
  const engine = await useEngine(readConfig(folder!).engine);
  const piece = kind === "train" ? training(folder!) : drawing(folder!);
  const say = (message: object) => console.log(JSON.stringify(message));
  say({ value: await piece(), version: engine.version, threads: engine.threads });
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    // One question at a time: whoever asks waits for the answer.
    if (text.trim() === "memory") {
      say(peaks());
      continue;
    }
    const start = performance.now();
    const value = await piece();
    say({ ms: performance.now() - start, value });
  }
}

await main(Deno.args);
