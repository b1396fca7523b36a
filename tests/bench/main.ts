/**
 * `deno task bench`: time and memory of training steps, generation and start, ours beside PyTorch's. README.md here
 * describes what is measured and how.
 */
import { hostname } from "node:os";
import { join, relative } from "node:path";
import { fail } from "../../src/base/errors.ts";
import { projectRoot, writeAtomic } from "../../src/base/files.ts";
import { parseOptions, unknownOption, wholeNumber } from "../../src/cli/common/options.ts";
import { runTask } from "../../src/cli/common/run_task.ts";
import { ensureEngine } from "../../src/cli/common/engine.ts";
import { table } from "../../src/cli/common/table.ts";
import { type HostShare, measureHost } from "./host.ts";
import { describeMachine } from "./machine.ts";
import { findPython, pythonVariable, setUpPython } from "./python.ts";
import { median } from "./statistics.ts";
import { measureStart, measureWorkload, type Result, type Setting, type Starts, workloads } from "./workloads.ts";

const names = [...workloads.map(({ name }) => name), "start", "host"];

/** Benches with their own options and results: `deno task bench NAME --help`. */
const others = {
  data: () => import("./data.ts"),
  features: () => import("./features.ts"),
  frechet: () => import("./frechet.ts"),
  coverage: () => import("./coverage.ts"),
  ceiling: () => import("./ceiling.ts"),
  agreement: () => import("./agreement.ts"),
  memory: () => import("./memory.ts"),
};

const usage = `Usage: deno task bench [options] [key=value …]
       deno task bench ${Object.keys(others).join("|")} [options]

Measures time and memory of ours beside PyTorch's and writes the results to tests/bench/results.

  --workload NAME  ${names.join(", ")}; repeatable (default: all)
  --steps N        timed runs of each workload (default: 7)
  --setup          only install PyTorch into .engine/bench
  --no-torch       only ours
  --compile        PyTorch with torch.compile
  --device D       cpu, cuda or cuda:N (default: cpu)
  --precision P    float32, tf32 or bfloat16, on both sides (default: float32)
  --name NAME      name of the results file (default: DEVICE-N-cores)
  key=value        config keys of both sides, e.g. model.db.g=none

Example: deno task bench --workload tiny --steps 15`;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["workload", "steps", "device", "precision", "name", "_"],
    boolean: ["setup", "torch", "compile"],
    negatable: ["torch"],
    collect: ["workload"],
    default: { torch: true, device: "cpu", precision: "float32" },
    unknown: unknownOption(["workload", "steps", "setup", "torch", "compile", "device", "precision", "name"]),
  });
  if (options.setup) {
    console.log(`PyTorch is installed for ${relative(Deno.cwd(), await setUpPython())}`);
    return;
  }
  for (const name of options.workload) {
    if (!names.includes(name)) fail(`There is no workload "${name}"; the workloads are ${names.join(", ")}.`);
  }
  const python = options.torch ? findPython() ?? failWithoutTorch() : undefined;
  const { device, precision } = options;
  // Only where they differ from the defaults of the configuration.
  const place = [device === "cpu" ? "" : `device=${device}`, precision === "float32" ? "" : `precision=${precision}`];
  const setting: Setting = {
    python,
    steps: wholeNumber("steps", options.steps, 1) ?? 7,
    device,
    precision,
    compile: options.compile,
    overrides: [...place.filter((text) => text !== ""), ...options._.map(String)],
  };
  await ensureEngine("xla");

  const wanted = options.workload.length > 0 ? options.workload : names;
  const results: Result[] = [];
  for (const workload of workloads.filter(({ name }) => wanted.includes(name))) {
    console.error(`measuring ${workload.name}`);
    const result = await measureWorkload(workload, setting);
    results.push(result);
    console.error(describeResult(result));
  }
  if (wanted.includes("start")) console.error("measuring the start of new processes");
  const start = wanted.includes("start") ? await measureStart(workloads[0]!, setting, 3) : undefined;
  if (wanted.includes("host")) console.error("measuring the host's share of a step in the training loop");
  const host = wanted.includes("host") ? await measureHost(setting) : undefined;

  console.log(describe(results, start, host));
  const machine = describeMachine();
  const name = options.name ?? `${device.replace(":", "")}-${machine.cores}-cores`;
  const path = join(projectRoot, "tests", "bench", "results", `${name}.json`);
  const { steps, compile, overrides } = setting;
  const record = { time: new Date().toISOString(), machine, device, precision, steps, compile, overrides };
  writeAtomic(path, JSON.stringify({ ...record, results, start, host }, null, 2) + "\n");
  console.log(`written to ${relative(Deno.cwd(), path)} (${hostname()})`);
}

function failWithoutTorch(): never {
  fail(
    `PyTorch is not installed: run deno task bench --setup, set ${pythonVariable} to a Python that has it, ` +
      `or measure only ours with --no-torch.`,
  );
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const gigabytes = (bytes: number | undefined) => bytes === undefined ? "" : `${(bytes / 1e9).toFixed(2)} GB`;

function describeResult({ work, ours, torch, comparison }: Result): string {
  const beside = torch ? `, PyTorch ${torch.medianMs.toFixed(0)} ms: ratio ${comparison!.ratio.toFixed(2)}` : "";
  return `${work}: ours ${ours.medianMs.toFixed(0)} ms${beside}`;
}

/** The table of the README. */
function describe(results: Result[], start: Starts | undefined, host: HostShare[] | undefined): string {
  const rows = results.flatMap(({ work, stories, ours, torch, comparison }) => [
    [
      `${work}, ${stories} ${stories === 1 ? "story" : "stories"}`,
      `${ours.medianMs.toFixed(0)} ms`,
      torch ? `${torch.medianMs.toFixed(0)} ms` : "",
      comparison?.ratio.toFixed(2) ?? "",
      comparison?.pairedRatio.toFixed(2) ?? "",
    ],
    [
      "  peak memory",
      gigabytes(ours.peaks.rss),
      gigabytes(torch?.peaks.rss),
      torch ? (torch.peaks.rss / ours.peaks.rss).toFixed(2) : "",
      "",
    ],
  ]);
  if (start) {
    const [ours, theirs] = [median(start.ours), start.torch.length > 0 ? median(start.torch) : undefined];
    rows.push([
      "start to first step, paper",
      seconds(ours),
      theirs ? seconds(theirs) : "",
      theirs ? (theirs / ours).toFixed(2) : "",
      "",
    ]);
  }
  for (const { preset, share, hostMs } of host ?? []) {
    rows.push([`host share, ${preset}`, `${(100 * share).toFixed(1)} % (${hostMs.toFixed(0)} ms)`, "", "", ""]);
  }
  return table(["workload", "ours", "PyTorch", "PyTorch / ours", "median of pairs"], rows);
}

if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (first !== undefined && Object.hasOwn(others, first)) {
    const bench = await others[first as keyof typeof others]();
    await runTask(() => bench.main(rest), bench.usage);
  } else await runTask(main, usage);
}
