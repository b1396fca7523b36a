/**
 * `deno task bench [--preset tiny|paper …] [--steps N] [--batch B] [--engine E]`: how long a training step takes.
 *
 * Each preset runs in a process of its own, so that its peak memory is its own. Pictures and text vectors are drawn: a
 * step's time does not depend on what they show. The first step is timed apart, as it compiles.
 */
import { parseArgs } from "@std/cli";
import Table from "cli-table3";
import { cpus, hostname, totalmem } from "node:os";
import { type Config, resolveConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { projectRoot, writeAtomic } from "../base/files.ts";
import { random } from "../base/random.ts";
import { disposeTree, jit, type Tensor, tf, useEngine } from "../engine/mod.ts";
import { towerParameters } from "../model/damsm.ts";
import { initialize } from "../model/parameters.ts";
import { systemByName } from "../model/systems/mod.ts";
import { drawNoise } from "../train/draws.ts";
import { freshCarry, ganStep, stepScalars } from "../train/gan.ts";
import { unknownOption, wholeNumber } from "./options.ts";
import { duration } from "./progress.ts";
import { runTask } from "./run_task.ts";
import { ensureEngine } from "./setup.ts";

const usage = `Usage: deno task bench [options]

  --preset P   which presets; may be repeated (default: tiny and paper)
  --steps N    timed steps after the first (default: 5)
  --batch B    stories in a batch (default: the preset's, and 2 for paper)
  --engine E   auto, xla, tensorflow, wasm or cpu (default: auto)
  --out FILE   where the JSON goes (default: tests/bench/results/HOST-ENGINE.json)`;

/** Frames of a story. */
const T = 5;

/** What was measured of one preset. */
interface Measure {
  preset: string;
  engine: string;
  version: string;
  threads: number;
  stories: number;
  frames: number;
  /** Seconds of the first step, compilation included. */
  firstSeconds: number;
  /** Milliseconds of each further step, in order; their median. */
  stepsMs: number[];
  medianMs: number;
  imagesPerSecond: number;
  peakRssBytes: number | null;
}

async function main(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["preset", "steps", "batch", "engine", "out"],
    boolean: ["one"],
    collect: ["preset"],
    default: { engine: "auto" },
    unknown: unknownOption(["preset", "steps", "batch", "engine", "out", "one"]),
  });
  const steps = wholeNumber("steps", options.steps, 1) ?? 5;
  const batch = wholeNumber("batch", options.batch, 2);
  const chosen = options.preset.length > 0 ? options.preset : ["tiny", "paper"];
  for (const preset of chosen) resolveConfig(preset, [`engine=${options.engine}`]); // refuses what there is not
  if (options.one) {
    console.log(JSON.stringify(await measure(benchConfig(chosen[0]!, options.engine, batch), steps)));
    return;
  }
  await ensureEngine(options.engine as Config["engine"]);
  const measures: Measure[] = [];
  for (const preset of chosen) {
    console.error(`measuring ${preset}: one step that compiles and ${steps} that are timed`);
    measures.push(await measureApart(preset, options.engine, steps, batch));
  }
  console.log(describe(measures));
  const path = options.out ?? `${projectRoot}/tests/bench/results/${hostname()}-${measures[0]!.engine}.json`;
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/") + 1) || ".", { recursive: true });
  const machine = {
    host: hostname(),
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memory: totalmem(),
    os: Deno.build.os,
  };
  writeAtomic(
    path,
    JSON.stringify({ time: new Date().toISOString(), machine, deno: Deno.version, measures }, null, 2) + "\n",
  );
  console.log(`written to ${path}`);
}

/** The preset's own batch; two stories for `paper`, which is what a CPU's memory and patience allow. */
function benchConfig(preset: string, engine: string, batch?: number): Config {
  const stories = batch ?? (preset === "paper" ? 2 : undefined);
  return resolveConfig(preset, [`engine=${engine}`, ...(stories ? [`train.batch=${stories}`] : [])]);
}

/** Times one preset in this process. */
async function measure(config: Config, steps: number): Promise<Measure> {
  const engine = await useEngine(config.engine);
  const system = systemByName(config.system);
  const [B, L, D] = [config.train.batch, config.data.words, config.text.width];
  const normal = (name: string, shape: number[]): Tensor =>
    tf.tensor(random(1, "bench", name).normals(shape.reduce((a, b) => a * b, 1)), shape);
  const batch = {
    images: tf.tidy(() => tf.tanh(normal("images", [B, T, 64, 64, 3]))),
    text: { words: normal("words", [B, T, L, D]), sentences: normal("sentences", [B, T, D]), mask: tf.ones([B, T, L]) },
  };
  const frozen = config.loss.damsm > 0 ? initialize(towerParameters(config), 1) : {};
  const takeStep = jit(ganStep(system, config), { name: "bench", donate: [0] });
  let carry = freshCarry(system, config);
  const times: number[] = [];
  for (let step = 1; step <= steps + 1; step++) {
    const start = performance.now();
    const inputs = [drawNoise(system.noise(config, B, T), 1, "noise", step), stepScalars(config, step)] as const;
    const result = takeStep(carry, batch, ...inputs, frozen);
    carry = result.carry;
    await result.report["loss.g"]!.data(); // waits for the step
    times.push(performance.now() - start);
    disposeTree([...inputs, result.report]);
  }
  const [first, ...rest] = times;
  const medianMs = median(rest);
  return {
    preset: config.preset,
    engine: engine.name,
    version: engine.version,
    threads: engine.threads,
    stories: B,
    frames: B * T,
    firstSeconds: first! / 1000,
    stepsMs: rest,
    medianMs,
    imagesPerSecond: (B * T * 1000) / medianMs,
    peakRssBytes: peakRss(),
  };
}

/** {@link measure} in a process of its own. */
async function measureApart(preset: string, engine: string, steps: number, batch?: number): Promise<Measure> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", `${projectRoot}/src/cli/bench.ts`, "--one", "--preset", preset, "--engine", engine],
      ...["--steps", String(steps), ...(batch ? ["--batch", String(batch)] : [])],
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const said = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  if (code !== 0) fail(`Measuring ${preset} failed: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`);
  return JSON.parse(said) as Measure;
}

function describe(measures: Measure[]): string {
  const table = new Table({
    head: ["preset", "engine", "frames", "first step", "step (median)", "images/s", "peak RSS"],
    colAligns: ["left", "left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const m of measures) {
    table.push([
      m.preset,
      `${m.engine}, ${m.threads} threads`,
      m.frames,
      duration(m.firstSeconds),
      `${m.medianMs.toFixed(0)} ms`,
      m.imagesPerSecond.toFixed(1),
      m.peakRssBytes === null ? "?" : `${(m.peakRssBytes / 1e9).toFixed(2)} GB`,
    ]);
  }
  return table.toString();
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The most memory this process ever had, where the system tells. */
function peakRss(): number | null {
  try {
    const line = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"));
    return line ? Number(line[1]) * 1024 : null;
  } catch {
    return null;
  }
}

if (import.meta.main) await runTask(main, usage);
