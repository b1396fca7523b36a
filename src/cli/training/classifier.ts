/**
 * `deno task classifier [options] [key=value …]`: trains a classifier on the labels or scene graphs of a data set;
 * `evaluate` uses it to find the objects in generated pictures.
 */
import { checkTargets, trainClassifierAnew } from "../../runs/train_classifier.ts";
import { runTask } from "../common/run_task.ts";
import { describeClassifier } from "./describe.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task classifier [options] [key=value …]

Trains a classifier of the objects in a picture; deno task evaluate uses it for the object metrics.

  --data NAME       data set with labels or scene graphs, same as data.name=NAME (default: clipart)
${startUsage}

Example: deno task classifier --data clipart`;

async function main(args: string[]): Promise<void> {
  const start = readStart(args, "data", "data.name");
  await startRun(
    start,
    (place) => describeClassifier(place, checkTargets(place)),
    (place) => trainClassifierAnew(place, start.name),
  );
}

if (import.meta.main) await runTask(main, usage);
