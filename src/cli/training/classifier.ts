/**
 * `deno task classifier [--data NAME] [--preset tiny] [key=value …] [--device cuda:1] [--name NAME] [--dry-run] [--quiet]`:
 * trains a classifier on the labels or scene graphs of a data set, by which evaluate judges which objects are drawn.
 */
import { checkTargets, trainClassifierAnew } from "../../runs/train_classifier.ts";
import { describeClassifier } from "../common/describe.ts";
import { runTask } from "../common/run_task.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task classifier [options] [key=value …]

  --data NAME       the data set, as data.name=NAME (default: clipart)
${startUsage}`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "data", "data.name");
  await startRun(
    start,
    (place) => describeClassifier(place, checkTargets(place)),
    (place) => trainClassifierAnew(place, start.name),
  );
}

if (import.meta.main) await runTask(main, usage);
