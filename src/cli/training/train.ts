/**
 * `deno task train [--preset tiny] [--set key=value …] [--encoder RUN] [--device cuda:1] [--name NAME] [--dry-run]
 * [--quiet]`: sets up what is missing, pre-trains the text encoder if no run has it, and trains.
 */
import { trainIn } from "../../runs/train.ts";
import { describeTraining } from "../common/describe.ts";
import { runTask } from "../common/run_task.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task train [options] [key=value …]

${startUsage}
  --encoder RUN     the pre-training run whose text encoder is used (default: one that fits, or a new one)`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "encoder");
  await startRun(start, describeTraining, (place) => trainIn(place, { name: start.name, encoder: start.own }));
}

if (import.meta.main) await runTask(main, usage);
