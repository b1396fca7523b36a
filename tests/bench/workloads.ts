/** The workloads of the bench, and the measurement of one line of its table. */
import { type Config, resolveConfig } from "../../src/model/config.ts";
import type { OursConfig } from "../../src/model/systems/ours/settings.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { writeInputs } from "./inputs.ts";
import { type Peaks, type Side, startSide } from "./side.ts";
import { compareTimes, type Comparison, median } from "./statistics.ts";
import { torchFolder } from "./python.ts";

/** A workload that both sides run. */
export interface Workload {
  name: string;
  kind: "train" | "generate";
  preset: Config["preset"];
  /** Stories of a batch on a CPU and on a GPU. */
  stories: { cpu: number; gpu: number };
}

export const workloads: Workload[] = [
  { name: "paper", kind: "train", preset: "paper", stories: { cpu: 2, gpu: 12 } },
  { name: "tiny", kind: "train", preset: "tiny", stories: { cpu: 12, gpu: 12 } },
  { name: "generate", kind: "generate", preset: "paper", stories: { cpu: 1, gpu: 1 } },
];

/** How both sides are run. */
export interface Setting {
  /** A Python with PyTorch; without one only our side runs. */
  python?: string | undefined;
  /** Timed runs, after the warm-up. */
  steps: number;
  device: string;
  precision: string;
  /** Whether PyTorch uses torch.compile. */
  compile: boolean;
  /** Config settings beyond the preset, key=value. */
  overrides: string[];
}

/** The times of one side. */
export interface Times {
  version: string;
  threads: number;
  /** From the start of the process to the end of its first run. */
  startMs: number;
  /** Result of the first run, e.g. a loss; the two sides use different noise. */
  value: number;
  runsMs: number[];
  medianMs: number;
  peaks: Peaks;
}

/** A line of the table. */
export interface Result {
  work: string;
  stories: number;
  ours: Times;
  torch?: Times;
  comparison?: Comparison;
}

const warmUp = 1;
/** Threads of a library may spin for a while after a run; the other side starts when they sleep. */
const pause = 300; // ms

/** Stories of a workload's batch. */
export const storiesOf = ({ stories }: Workload, { device }: Setting): number =>
  device === "cpu" ? stories.cpu : stories.gpu;

/** Writes the inputs of a workload into a temporary folder, which is removed after `use`. */
export async function withInputs<T>(
  workload: Workload,
  setting: Setting,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "storyloom-bench-" });
  try {
    await useEngine("cpu"); // only writes files
    const stories = storiesOf(workload, setting);
    const config = resolveConfig(workload.preset, [`train.batch=${Math.max(2, stories)}`, ...setting.overrides]);
    await writeInputs(folder, config as Config & OursConfig, { stories });
    return await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Starts our side of a workload. */
export function startOurs(folder: string, { kind }: Workload): Promise<Side> {
  const program = new URL("ours.ts", import.meta.url).pathname;
  return startSide("Storyloom", Deno.execPath(), ["run", "-A", "--no-check", program, folder, kind]);
}

/** Starts PyTorch's side of a workload. */
export function startTorch(folder: string, { kind }: Workload, setting: Setting & { python: string }): Promise<Side> {
  const { python, device, precision, compile } = setting;
  const options = ["--device", device, "--precision", precision, ...(compile ? ["--compile"] : [])];
  return startSide("PyTorch", python, [`${torchFolder}/worker.py`, folder, kind, ...options]);
}

/** Times a workload: both processes stay alive and run in turn. */
export async function measureWorkload(workload: Workload, setting: Setting): Promise<Result> {
  return await withInputs(workload, setting, async (folder) => {
    const sides: Side[] = [];
    try {
      sides.push(await startOurs(folder, workload));
      const { python } = setting;
      if (python) sides.push(await startTorch(folder, workload, { ...setting, python }));
      const runs: number[][] = sides.map(() => []);
      for (let run = -warmUp; run < setting.steps; run++) {
        for (const [i, side] of sides.entries()) {
          await sleep(pause);
          // The system reclaims memory of an idle process, and training is never idle: an untimed run comes first.
          await side.run();
          const ms = await side.run();
          if (run >= 0) runs[i]!.push(ms);
        }
      }
      const times: Times[] = [];
      for (const [i, { ready, startMs, peaks }] of sides.entries()) {
        times.push({ ...ready, startMs, runsMs: runs[i]!, medianMs: median(runs[i]!), peaks: await peaks() });
      }
      const [ours, torch] = times;
      const [work, stories] = [workload.name, storiesOf(workload, setting)];
      if (!torch) return { work, stories, ours: ours! };
      return { work, stories, ours: ours!, torch, comparison: compareTimes(ours!.runsMs, torch.runsMs) };
    } finally {
      for (const side of sides) await side.close();
    }
  });
}

/** Milliseconds from the start of a process to the loss of its first step; the processes are started in turn. */
export interface Starts {
  ours: number[];
  torch: number[];
}

/** Times the start of training in new processes; ours runs once before, so that its programs are in the cache. */
export async function measureStart(workload: Workload, setting: Setting, count: number): Promise<Starts> {
  return await withInputs(workload, setting, async (folder) => {
    const { python } = setting;
    const time = async (side: Promise<Side>) => {
      const { startMs, close } = await side;
      await close();
      await sleep(pause);
      return startMs;
    };
    const starts: Starts = { ours: [], torch: [] };
    await time(startOurs(folder, workload));
    for (let i = 0; i < count; i++) {
      starts.ours.push(await time(startOurs(folder, workload)));
      if (python) starts.torch.push(await time(startTorch(folder, workload, { ...setting, python })));
    }
    return starts;
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
