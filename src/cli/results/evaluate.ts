/**
 * `deno task evaluate RUN [options]`: evaluates the stories that a run generates; every number has its protocol in its
 * name. `deno task evaluate --real DIR --fake DIR`: evaluates two folders of stories of any system.
 */
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson, writeAtomic } from "../../base/files.ts";
import { type EvaluateOptions, evaluateRun } from "../../evaluation/evaluate.ts";
import type { EvaluationOptions } from "../../evaluation/evaluators.ts";
import { evaluateFolders } from "../../evaluation/folders.ts";
import { metrics } from "../../metrics/names.ts";
import { isKept, keptCheckpoints } from "../../records/checkpoints.ts";
import { findRun } from "../../records/folder.ts";
import { ensureEngine } from "../common/engine.ts";
import { interruptedCode, withInterrupt } from "../common/interrupt.ts";
import { checkpointName, deviceOverride, parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { stageBars } from "../common/stage_bars.ts";
import { wrapped } from "../common/usage.ts";
import { measurementTable } from "./measurement_table.ts";

const usage = `Usage: deno task evaluate RUN [options]
       deno task evaluate --real DIR --fake DIR [options]

Evaluates the stories that a run generates, or two folders of stories of any system. Every number has its protocol in its
name, and a 95 % interval and the number of real frames beside it where they exist.

  RUN               folder, name or number of a training run
  --split S         test or val (default: test)
  --checkpoint C    best, last, a kept one such as step-1000, or kept: all of them in turn, whose numbers go to
                    curve.jsonl (default: best, which was selected on val)
  --limit N         only the first N stories; the names of the numbers contain N (default: all)
  --export DIR      also write real and generated stories as folders of PNGs
  --classifier RUN  classifier for objects and scenes (default: the latest one of the same data)

  --real DIR        real stories: a folder for each, with frames 0.png, 1.png, …; or a .npy array, uint8 [N, T, H, W, 3]
                    of stories or [N, H, W, 3] of pictures; or .npz statistics as of pytorch-fid (mu, sigma)
  --fake DIR        generated stories in one of these forms
  --pictures        both folders hold single pictures, searched in depth; only what is of pictures is measured
  --out FILE.json   where the numbers of two folders are written (default: nowhere)

  --metrics LIST    ${
  wrapped(
    `some of ${
      Object.keys(metrics).join(", ")
    } (default: all but those that end in -inf, which are extrapolated to infinitely many stories)`,
    20,
  )
}
  --networks LIST   feature networks (default: the published ones that are present, or substitutes named as such)
  --weights FILE    weights of your own Inception v3 or R(2+1)D-18; the names of its numbers contain their digest
  --encoder RUN     pre-training run whose text encoder evaluates (default: the run's own encoder)
  --bootstrap N     resamples of the intervals, 0 for none (default: 1000)
  --seed N          seed of noise and intervals (default: 1)
  --batch N         stories at a time; changes speed and memory only (default: 8)
  --device D        cpu, cuda or cuda:N (default: the run's device)
  --quiet           show only the table

Example: deno task evaluate 2 --metrics fid,cosine`;

const texts = [
  "split",
  "checkpoint",
  "metrics",
  "networks",
  "weights",
  "encoder",
  "classifier",
  "bootstrap",
  "seed",
  "limit",
  "batch",
  "export",
  "device",
  "real",
  "fake",
  "out",
] as const;

async function main(args: string[]): Promise<void> {
  const { _: bare, quiet, pictures, real, fake, out, ...given } = parseOptions(args, {
    string: [...texts, "_"] as const,
    boolean: ["quiet", "pictures"],
    unknown: unknownOption([...texts, "quiet", "pictures"]),
  });
  const [run, extra] = bare.map(String);
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  resolveConfig("tiny", deviceOverride(given.device)); // refuses an unknown device
  const settings: EvaluationOptions = {
    metrics: metricList(given.metrics),
    networks: given.networks === undefined ? undefined : listOf(given.networks),
    weights: given.weights,
    pictures,
    encoder: given.encoder === undefined ? undefined : findRun(given.encoder),
    classifier: given.classifier === undefined ? undefined : findRun(given.classifier),
    bootstrap: wholeNumber("bootstrap", given.bootstrap),
    seed: wholeNumber("seed", given.seed),
    batch: wholeNumber("batch", given.batch, 1),
    device: given.device,
  };
  if (real !== undefined || fake !== undefined) {
    if (real === undefined || fake === undefined || run !== undefined) {
      fail("Two folders are compared with --real DIR --fake DIR and no run.");
    }
    for (const option of ["split", "checkpoint", "limit", "export", "classifier"] as const) {
      if (given[option] !== undefined) fail(`--${option} is for runs; two folders are compared as they are.`);
    }
    await ensureEngine("auto");
    const numbers = await withBars(
      quiet,
      (watch) => evaluateFolders({ real, generated: fake }, { ...settings, ...watch }),
    );
    if (!numbers) return;
    console.log(measurementTable(numbers));
    if (out === undefined) return;
    writeAtomic(out, JSON.stringify(numbers, null, 2) + "\n");
    console.log(`numbers with their settings: ${fullPath(out)}`);
    return;
  }
  if (run === undefined) {
    fail("Name the run to evaluate: deno task evaluate RUN, or deno task evaluate --real DIR --fake DIR.");
  }
  if (pictures) fail("--pictures is for two folders; a run generates stories.");
  if (out !== undefined) fail("--out is for two folders; the numbers of a run are written into its folder.");
  const all = given.checkpoint === "kept";
  const options: EvaluateOptions = {
    ...settings,
    split: oneOf("split", given.split, ["test", "val"]),
    checkpoint: all ? undefined : checkpointName(given.checkpoint, "kept"),
    limit: wholeNumber("limit", given.limit, 2),
    export: given.export,
  };
  if (all && options.export !== undefined) fail("--export writes the stories of one checkpoint; name one.");
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  if (all) return await evaluateKept(folder, options, quiet);
  const numbers = await withBars(quiet, (watch) => evaluateRun(folder, { ...options, ...watch }));
  if (!numbers) return;
  console.log(measurementTable(numbers));
  const file = options.checkpoint && isKept(options.checkpoint) ? "curve.jsonl" : "metrics.json";
  console.log(`numbers with their settings: ${fullPath(folder)}/${file}`);
  if (options.export !== undefined) console.log(`stories as pictures: ${fullPath(options.export)}`);
}

/** Evaluates every kept checkpoint in order of steps; shows the numbers of each. */
async function evaluateKept(folder: string, options: EvaluateOptions, quiet: boolean): Promise<void> {
  const names = keptCheckpoints(folder);
  if (names.length === 0) {
    fail(`The run "${folder}" has kept no checkpoints; train one that keeps them: deno task train record.keep=true.`);
  }
  for (const checkpoint of names) {
    const numbers = await withBars(quiet, (watch) => evaluateRun(folder, { ...options, checkpoint, ...watch }));
    if (!numbers) return;
    console.log(`${checkpoint}\n${measurementTable(numbers)}`);
  }
  console.log(`numbers by step: ${fullPath(folder)}/curve.jsonl`);
}

/** Runs an evaluation with progress bars; Ctrl-C pauses it, and the result is then undefined. */
async function withBars<T>(quiet: boolean, work: (watch: EvaluateOptions) => Promise<T>): Promise<T | undefined> {
  const bars = stageBars("stories", quiet);
  const log = (text: string) => {
    bars.end();
    if (!quiet) console.log(text);
  };
  try {
    return await withInterrupt(
      bars,
      (signal) =>
        work({ signal, say: log, progress: bars.progress }).catch((error) => {
          if (!signal.aborted || error !== signal.reason) throw error;
          console.log("paused: generated stories and features are kept, and the same command continues");
          Deno.exitCode = interruptedCode;
          return undefined;
        }),
    );
  } finally {
    bars.close();
  }
}

/** @throws UserError when the option is given and is none of the words. */
function oneOf<const W extends string>(option: string, text: string | undefined, words: W[]): W | undefined {
  if (text === undefined || (words as string[]).includes(text)) return text as W | undefined;
  fail(`--${option} is ${words.join(" or ")}, not "${text}".`);
}

function metricList(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const names = listOf(text);
  const unknown = names.find((name) => !(name in metrics));
  if (unknown !== undefined) fail(`There is no metric "${unknown}"; they are ${Object.keys(metrics).join(", ")}.`);
  return names;
}

/** The words of a comma-separated list. */
function listOf(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

if (import.meta.main) await runTask(main, usage);
