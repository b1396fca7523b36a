/**
 * `deno task classifier [--data NAME] [--preset tiny] [key=value …] [--device cuda:1] [--name NAME] [--dry-run] [--quiet]`:
 * trains a classifier on the labels or scene graphs of a data set, by which evaluate judges which objects are drawn.
 */
import { classifierTargets } from "../../runs/kinds/classifier.ts";
import { checkBatches, trainClassifierAnew } from "../../runs/train.ts";
import type { Workplace } from "../../runs/workplace.ts";
import { describeClassifier } from "../common/describe.ts";
import { runTask } from "../common/run_task.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task classifier [options] [key=value …]

  --data NAME       the data set, as data.name=NAME (default: clipart)
${startUsage}`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "data", "data.name");
  const describe = (place: Workplace) => {
    const targets = classifierTargets(place.config.classifier.share, place.set);
    checkBatches(place, "classifier", targets);
    return describeClassifier(place, targets);
  };
  await startRun(start, describe, (place) => trainClassifierAnew(place, start.name));
}

if (import.meta.main) await runTask(main, usage);
