/**
 * `deno task evaluate RUN [--split test]`: judges what a run draws, every number with its protocol in the name.
 * `deno task evaluate --real DIR --fake DIR`: judges any two folders of stories.
 */
import { parseArgs } from "@std/cli";
import { resolveConfig, validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson, writeAtomic } from "../../base/files.ts";
import { metrics } from "../../metrics/names.ts";
import { evaluateFolders } from "../../evaluation/folders.ts";
import type { EvaluationOptions } from "../../evaluation/evaluators.ts";
import { type EvaluateOptions, evaluateRun } from "../../evaluation/evaluate.ts";
import { findRun } from "../../records/folder.ts";
import { measurementTable } from "../common/measurement_table.ts";
import { deviceOverride, shownPath, unknownOption, wholeNumber } from "../common/options.ts";
import { type Progress, progress } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";
import { interruptedCode, type TerminalWatcher, withInterrupt } from "../common/watch.ts";

const usage = `Usage: deno task evaluate RUN [options]
       deno task evaluate --real DIR --fake DIR [options]

  RUN               folder, name or number of a run that draws
  --split S         test or val (default: test)
  --checkpoint C    best or last (default: best, which was chosen on val)
  --metrics LIST    some of ${Object.keys(metrics).join(", ")} (default: all)
  --networks LIST   feature networks (default: the published ones that are here, or stand-ins that say so)
  --encoder RUN     the DAMSM run that judges (default: the run's own encoder)
  --classifier RUN  the classifier that judges objects (default: the latest of the same data)
  --bootstrap N     resamples of the 95 % intervals, 0 for none (default: 1000)
  --seed N          seeds noise and intervals (default: 1)
  --limit N         only the first N stories, which every name then says
  --batch N         stories at a time; changes speed and memory (default: 8)
  --export DIR      write real and drawn stories as folders of PNGs
  --device D        cpu, cuda or cuda:N (default: the run's)
  --quiet           show the table, and nothing before

  --real DIR        real stories: a folder for each, with frames 0.png, 1.png, …
  --fake DIR        drawn ones of any system
  --out FILE.json   where their numbers are written`;

const texts = [
  "split",
  "checkpoint",
  "metrics",
  "networks",
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
  const { _: bare, quiet, real, fake, out, ...given } = parseArgs(args, {
    string: [...texts, "_"] as const,
    boolean: ["quiet"],
    unknown: unknownOption([...texts, "quiet"]),
  });
  const [run, extra] = bare.map(String);
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  resolveConfig("tiny", deviceOverride(given.device)); // refuses what is no device
  const settings: EvaluationOptions = {
    metrics: metricList(given.metrics),
    networks: given.networks === undefined ? undefined : listOf(given.networks),
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
    const numbers = await watched(
      quiet,
      (watch) => evaluateFolders({ real, generated: fake }, { ...settings, ...watch }),
    );
    if (!numbers) return;
    console.log(measurementTable(numbers));
    if (out !== undefined) writeAtomic(out, JSON.stringify(numbers, null, 2) + "\n");
    return;
  }
  if (run === undefined) {
    fail("Name what is judged: deno task evaluate RUN, or deno task evaluate --real DIR --fake DIR.");
  }
  if (out !== undefined) fail("--out is for two folders; the numbers of a run are written into its folder.");
  const options: EvaluateOptions = {
    ...settings,
    split: oneOf("split", given.split, ["test", "val"]),
    checkpoint: oneOf("checkpoint", given.checkpoint, ["best", "last"]),
    limit: wholeNumber("limit", given.limit, 2),
    export: given.export,
  };
  const folder = findRun(run);
  await ensureEngine(validateConfig(readJson(`${folder}/config.json`)).engine);
  const numbers = await watched(quiet, (watch) => evaluateRun(folder, { ...options, ...watch }));
  if (!numbers) return;
  console.log(measurementTable(numbers));
  console.log(`numbers with all that they depend on: ${shownPath(folder)}/metrics.json`);
}

/** Runs an evaluation with progress bars; Ctrl-C pauses it, and then nothing comes back. */
async function watched<T>(quiet: boolean, work: (watch: EvaluateOptions) => Promise<T>): Promise<T | undefined> {
  const shown = stageBars(quiet);
  try {
    return await withInterrupt(
      shown.watcher,
      (signal) =>
        work({ signal, say: shown.watcher.say, progress: shown.progress }).catch((error) => {
          if (!signal.aborted || error !== signal.reason) throw error;
          console.log("paused: what was drawn and seen is kept, and the same command goes on");
          Deno.exitCode = interruptedCode;
          return undefined;
        }),
    );
  } finally {
    shown.watcher.close();
  }
}

/** A bar for each stage, from its first story on. */
function stageBars(quiet: boolean): {
  watcher: TerminalWatcher & { say(text: string): void };
  progress(stage: string, done: number, total: number): void;
} {
  let shown: { stage: string; bar: Progress } | undefined;
  let closed = quiet;
  const end = () => {
    shown?.bar.done();
    shown = undefined;
  };
  return {
    watcher: {
      say(text) {
        end();
        if (!quiet) console.log(text);
      },
      progress() {},
      close() {
        end();
        closed = true;
      },
    },
    progress(stage, done, total) {
      if (closed) return;
      if (shown?.stage !== stage) {
        end();
        shown = { stage, bar: progress(stage, total, "stories") };
      }
      shown.bar.update(done);
      if (done === total) end();
    },
  };
}

/** @throws UserError where the option is given and is none of the words. */
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

/** Words between commas. */
function listOf(text: string): string[] {
  return text.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

if (import.meta.main) await runTask(main, usage);
