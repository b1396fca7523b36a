/**
 * `deno task sample [RUN] --story "…" --story "…" [options]`: generates pictures for a story of free text, with a run or
 * with the weights that ship with the repository.
 */
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson, writeAtomic } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { findRun } from "../../records/folder.ts";
import type { EngineName } from "../../engine/mod.ts";
import type { SampledModel } from "../../runs/sampling/model.ts";
import { type SampleOptions, sampleStory } from "../../runs/sampling/sample_story.ts";
import { describeShipped, openShippedModel } from "../../runs/shipped/open.ts";
import { ensureEngine } from "../common/engine.ts";
import { checkpointName, deviceOverride, parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task sample [RUN] --story TEXT … [options]

Generates pictures for a story: one frame for each sentence.

  RUN             folder, name or number of a training run (default: the weights that ship with the repository)
  --story TEXT    a sentence of the story; repeat it for each frame, 1 to 15 times
  --out FILE      PNG file to write (default: samples/story.png in the run; without a run story.png)
  --seed N        seed of the noise; another seed gives other pictures (default: 1)
  --count N       number of versions, each with other noise (default: 1)
  --device D      cpu, cuda or cuda:N (default: the run's device)
  --checkpoint C  of a run: best, last, or a kept one such as step-1000 (default: best, if there is one)
  --weights DIR   another folder of shipped weights, see deno task export-weights (default: data/weights/clipart)

Example: deno task sample 2 --story "Mike is in the park." --story "It starts to rain."`;

const texts = ["story", "out", "seed", "count", "checkpoint", "device", "weights"] as const;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: [...texts, "_"] as const,
    collect: ["story"],
    unknown: unknownOption(texts),
  });
  const [run, extra] = options._.map(String);
  if (extra !== undefined) fail(`Cannot read "${extra}": give each sentence as --story "…".`);
  if (options.out?.toLowerCase().endsWith(".png") === false) {
    fail(`--out writes PNG; "${options.out}" does not end in .png.`);
  }
  const { device } = options;
  const checkpoint = checkpointName(options.checkpoint);
  resolveConfig("tiny", deviceOverride(device)); // refuses an unknown device
  const seed = wholeNumber("seed", options.seed);
  const count = wholeNumber("count", options.count, 1);
  if (run !== undefined && options.weights !== undefined) fail("Name a run or --weights DIR, not both.");
  if (run === undefined && checkpoint !== undefined) fail("--checkpoint is for runs; shipped weights have one state.");
  const { source, engine, by, written } = run === undefined ? shippedSource(options.weights) : await runSource(run);
  const settings: SampleOptions = { seed, count, checkpoint, device, engine };
  const { png, unknown, beyond, step } = await sampleStory(source, options.story, settings);
  if (unknown.length > 0) {
    console.error(`not in the vocabulary, all treated as the same unknown word: ${unknown.join(", ")}`);
  }
  if (beyond.length > 0) {
    console.error(`not read, because they exceed the words of a sentence that the model reads: ${beyond.join(", ")}`);
  }
  const out = options.out ?? written;
  writeAtomic(out, png);
  console.log(
    `generated ${counted(options.story.length, "frame")} with the ${by ?? `weights of step ${step}`}: ${fullPath(out)}`,
  );
}

/** What generates the pictures, its engine, its origin in words, and the file that is written by default. */
interface Source {
  source: string | SampledModel;
  engine?: EngineName;
  by?: string;
  written: string;
}

async function runSource(run: string): Promise<Source> {
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  return { source: folder, written: `${folder}/samples/story.png` };
}

/** Installs nothing: a few pictures take seconds on every engine, and installing the compiled one takes longer. */
function shippedSource(folder: string | undefined): Source {
  const source = openShippedModel(folder);
  return { source, engine: "auto", by: describeShipped(source), written: "story.png" };
}

if (import.meta.main) await runTask(main, usage);
