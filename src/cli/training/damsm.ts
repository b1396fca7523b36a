/**
 * `deno task damsm [--data NAME] [--preset tiny] [key=value …] [--device cuda:1] [--name NAME] [--dry-run] [--quiet]`:
 * pre-trains a text encoder with pictures (DAMSM), as `train` does when no run has one that fits.
 */
import { pretrainAnew } from "../../runs/encoder.ts";
import type { Workplace } from "../../runs/workplace.ts";
import { checkBatches } from "../../runs/train.ts";
import { describePretraining } from "../common/describe.ts";
import { runTask } from "../common/run_task.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task damsm [options] [key=value …]

  --data NAME       the data set, as data.name=NAME (default: clipart)
${startUsage}`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "data", "data.name");
  const describe = (place: Workplace) => {
    checkBatches(place, "damsm");
    return describePretraining(place);
  };
  await startRun(start, describe, (place) => pretrainAnew(place, start.name));
}

if (import.meta.main) await runTask(main, usage);
