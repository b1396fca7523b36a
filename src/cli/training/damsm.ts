/**
 * `deno task damsm [options] [key=value …]`: pre-trains a text encoder with an image encoder (DAMSM), as `train` does
 * when no run has a suitable one.
 */
import { pretrainAnew } from "../../runs/encoder.ts";
import { checkBatches } from "../../runs/train.ts";
import type { Workplace } from "../../runs/workplace.ts";
import { runTask } from "../common/run_task.ts";
import { describePretraining } from "./describe.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task damsm [options] [key=value …]

Pre-trains a text encoder together with an image encoder on pairs of picture and caption (DAMSM).

  --data NAME       data set, same as data.name=NAME (default: clipart)
${startUsage}

Example: deno task damsm --data clipart seed=2`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "data", "data.name");
  const describe = (place: Workplace) => {
    checkBatches(place, "damsm");
    return describePretraining(place);
  };
  await startRun(start, describe, (place) => pretrainAnew(place, start.name));
}

if (import.meta.main) await runTask(main, usage);
