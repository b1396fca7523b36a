/** What the bench measures, and how one line of its table comes about. */
import { type Config, resolveConfig } from "../../src/model/config.ts";
import { useEngine } from "../../src/engine/mod.ts";
import { writeInputs } from "./inputs.ts";
import { type Peaks, type Side, startSide } from "./side.ts";
import { compareTimes, type Comparison, median } from "./statistics.ts";
import { torchFolder } from "./python.ts";

/** A piece of work that both sides do. */
export interface Work {
  name: string;
  kind: "train" | "draw";
  preset: Config["preset"];
  /** Stories in a batch on a CPU and on a GPU. */
  stories: { cpu: number; gpu: number };
}

export const works: Work[] = [
  { name: "paper", kind: "train", preset: "paper", stories: { cpu: 2, gpu: 12 } },
  { name: "tiny", kind: "train", preset: "tiny", stories: { cpu: 12, gpu: 12 } },
  { name: "draw", kind: "draw", preset: "paper", stories: { cpu: 1, gpu: 1 } },
];

/** How both sides are run. */
export interface Setting {
  /** A Python with PyTorch; without one ours runs alone. */
  python?: string;
  /** Timed runs, after the first and one more turn that warm up. */
  steps: number;
  device: string;
  precision: string;
  /** PyTorch by torch.compile. */
  compile: boolean;
  /** Config settings beyond the preset, key=value. */
  overrides: string[];
}

/** What one side took. */
export interface Times {
  version: string;
  threads: number;
  /** From the start of the process to the end of its first work. */
  startMs: number;
  /** Result of the first work, e.g. a loss; both sides draw noise of their own. */
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
/** Threads of a library may spin for a while after its work; the other side's turn comes when they sleep. */
const pause = 300; // ms

/** Stories in a work's batch. */
export const storiesOf = (work: Work, { device }: Setting): number =>
  device === "cpu" ? work.stories.cpu : work.stories.gpu;

/** Writes a work's inputs into a temporary folder that `use` may read. */
export async function withInputs<T>(work: Work, setting: Setting, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = Deno.makeTempDirSync({ prefix: "storyloom-bench-" });
  try {
    await useEngine("cpu"); // writes files only
    const stories = storiesOf(work, setting);
    const config = resolveConfig(work.preset, [`train.batch=${Math.max(2, stories)}`, ...setting.overrides]);
    await writeInputs(folder, config, { stories });
    return await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Starts our side of a work. */
export function startOurs(folder: string, { kind }: Work): Promise<Side> {
  const program = new URL("ours.ts", import.meta.url).pathname;
  return startSide("Storyloom", Deno.execPath(), ["run", "-A", "--no-check", program, folder, kind]);
}

/** Starts PyTorch's. */
export function startTorch(folder: string, { kind }: Work, setting: Setting & { python: string }): Promise<Side> {
  const { python, device, precision, compile } = setting;
  const options = ["--device", device, "--precision", precision, ...(compile ? ["--compile"] : [])];
  return startSide("PyTorch", python, [`${torchFolder}/worker.py`, folder, kind, ...options]);
}

/** Times a work: both sides stay alive and work in turn. */
export async function measureWork(work: Work, setting: Setting): Promise<Result> {
  return await withInputs(work, setting, async (folder) => {
    const sides: Side[] = [];
    try {
      sides.push(await startOurs(folder, work));
      const { python } = setting;
      if (python) sides.push(await startTorch(folder, work, { ...setting, python }));
      const runs: number[][] = sides.map(() => []);
      for (let run = -warmUp; run < setting.steps; run++) {
        for (const [i, side] of sides.entries()) {
          await sleep(pause);
          // A system takes back the memory of a process that idles; training never does, so a run follows another.
          await side.work();
          const ms = await side.work();
          if (run >= 0) runs[i]!.push(ms);
        }
      }
      const times: Times[] = [];
      for (const [i, { ready, startMs, peaks }] of sides.entries()) {
        times.push({ ...ready, startMs, runsMs: runs[i]!, medianMs: median(runs[i]!), peaks: await peaks() });
      }
      const [ours, torch] = times;
      const stories = storiesOf(work, setting);
      if (!torch) return { work: work.name, stories, ours: ours! };
      return { work: work.name, stories, ours: ours!, torch, comparison: compareTimes(ours!.runsMs, torch.runsMs) };
    } finally {
      for (const side of sides) await side.close();
    }
  });
}

/** Milliseconds from the start of the program to the loss of its first step: processes started in turn. */
export interface Starts {
  ours: number[];
  torch: number[];
}

/** Times the start of training, whole processes; ours once before, so that its programs are in the cache. */
export async function measureStart(work: Work, setting: Setting, count: number): Promise<Starts> {
  return await withInputs(work, setting, async (folder) => {
    const { python } = setting;
    const time = async (side: Promise<Side>) => {
      const { startMs, close } = await side;
      await close();
      await sleep(pause);
      return startMs;
    };
    const starts: Starts = { ours: [], torch: [] };
    await time(startOurs(folder, work));
    for (let i = 0; i < count; i++) {
      starts.ours.push(await time(startOurs(folder, work)));
      if (python) starts.torch.push(await time(startTorch(folder, work, { ...setting, python })));
    }
    return starts;
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
