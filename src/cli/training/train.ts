/**
 * `deno task train [options] [key=value …]`: installs what is missing, pre-trains the text encoder unless a run has it,
 * and trains a model.
 */
import { checkTraining, trainIn } from "../../runs/train.ts";
import { runTask } from "../common/run_task.ts";
import { describeTraining } from "./describe.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task train [options] [key=value …]

Trains a model. Installs the engine, prepares the clipart data and pre-trains the text encoder where they are missing.

${startUsage}
  --encoder RUN     pre-training run of the text encoder (default: a run with the same settings, or a new one)

Example: deno task train --preset tiny train.steps=200`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "encoder");
  const options = { name: start.name, encoder: start.own };
  await startRun(
    start,
    describeTraining,
    (place) => trainIn(place, options),
    (place) => checkTraining(place, options),
  );
}

if (import.meta.main) await runTask(main, usage);
