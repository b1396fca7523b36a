/**
 * `deno task classifier [options] [key=value …]`: trains a classifier on the labels or scene graphs of a data set;
 * `evaluate` uses it to find the objects in generated pictures, and their places and weathers.
 */
import { classifierTargets } from "../../runs/kinds/classifier.ts";
import { checkBatches, trainClassifierAnew } from "../../runs/train.ts";
import type { Workplace } from "../../runs/workplace.ts";
import { runTask } from "../common/run_task.ts";
import { describeClassifier } from "./describe.ts";
import { readStart, startRun, startUsage } from "./start.ts";

const usage = `Usage: deno task classifier [options] [key=value …]

Trains a classifier of the objects in a picture, its place and its weather; deno task evaluate uses it for the metrics
of objects and scenes.

  --data NAME       data set with labels or scene graphs, same as data.name=NAME (default: clipart)
${startUsage}

Example: deno task classifier --data clipart`;

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
