/**
 * `deno task bench memory [options]`: whether memory grows during training. Records resident memory and the engine's
 * tensors during 500 steps of `tiny` in the real loop; a test counts what must not grow at all.
 */
import { join } from "node:path";
import { resolveConfig } from "../../src/model/config.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { parseOptions, unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { provideData } from "../../src/cli/common/provide_data.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { table } from "../../src/cli/common/table.ts";
import { tf } from "../../src/engine/mod.ts";
import { runLoop, undisturbed } from "./loop.ts";
import { describeMachine } from "./machine.ts";

export const usage = `Usage: deno task bench memory [options]

Records the memory of a training process over many steps.

  --steps N   number of steps (default: 500)
  --preset P  tiny, small or paper (default: tiny)

Example: deno task bench memory --steps 100`;

/** Memory after a step. */
interface Mark {
  step: number;
  /** Resident memory of the process. */
  rssBytes: number;
  /** JavaScript heap in use. */
  heapBytes: number;
  tensors: number;
  tensorBytes: number;
}

export async function main(args: string[]): Promise<void> {
  const known = ["steps", "preset"];
  const options = parseOptions(args, { string: known, default: { preset: "tiny" }, unknown: unknownOption(known) });
  const steps = wholeNumber("steps", options.steps, 10) ?? 500;
  const config = resolveConfig(options.preset, [`train.steps=${steps}`, ...undisturbed]);
  await ensureEngine(config.engine);
  await provideData(config.data.name, () => {});
  const every = Math.max(1, Math.floor(steps / 10));
  const marks: Mark[] = [];
  const mark = (step: number) => {
    const { rss, heapUsed } = Deno.memoryUsage();
    const { numTensors, numBytes } = tf.memory();
    marks.push({ step, rssBytes: rss, heapBytes: heapUsed, tensors: numTensors, tensorBytes: numBytes });
  };
  await runLoop(config, (step) => {
    if (step === 10 || step % every === 0) mark(step);
  }, () => {});
  const path = join(projectRoot, "tests", "bench", "results", `memory-${options.preset}.json`);
  writeAtomic(
    path,
    JSON.stringify({ time: new Date().toISOString(), machine: describeMachine(), steps, marks }, null, 2) + "\n",
  );
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(table(
    ["step", "resident", "JavaScript", "tensors", "in tensors"],
    marks.map(({ step, rssBytes, heapBytes, tensors, tensorBytes }) => [
      ...[String(step), megabytes(rssBytes), megabytes(heapBytes), String(tensors), megabytes(tensorBytes)],
    ]),
  ));
}

if (import.meta.main) await runTask(main, usage);
