/**
 * The host's share of a training step: the processor time of the training thread in the real loop divided by the time of
 * a step.
 *
 * It is an upper bound of the time that a step loses to the host, because most of it overlaps with the program of the
 * previous step. It includes uploads, calls, reports and the part of data loading that runs on this thread. It does not
 * include compilation, because the first steps are left out.
 */
import { resolveConfig } from "../../src/model/config.ts";
import { readJson } from "../../src/base/files.ts";
import { provideData } from "../../src/cli/common/provide_data.ts";
import { runLoop, undisturbed } from "./loop.ts";
import { type Setting, storiesOf, workloads } from "./workloads.ts";

/** One preset's host time. */
export interface HostShare {
  preset: string;
  /** Of a step's time, 0 to 1. */
  share: number;
  /** Processor time of the training thread a step. */
  hostMs: number;
  stepMs: number;
}

const skipped = 4; // steps: compilation, and the first runs of the program

/** Measures the loop on the prepared data set, each preset in its own process. */
export async function measureHost(setting: Setting): Promise<HostShare[]> {
  await provideData("clipart", () => {});
  const shares: HostShare[] = [];
  for (const workload of workloads.filter(({ kind }) => kind === "train")) {
    const steps = skipped + setting.steps * (workload.preset === "tiny" ? 4 : 1);
    const batch = `train.batch=${storiesOf(workload, setting)}`;
    const out = Deno.makeTempFileSync({ prefix: "storyloom-bench-" });
    const program = new URL(import.meta.url).pathname;
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        program,
        out,
        workload.preset,
        `train.steps=${steps}`,
        batch,
        ...setting.overrides,
      ],
    }).output();
    if (!success) throw new Error(`Measuring the host's share failed: ${new TextDecoder().decode(stderr)}`);
    shares.push(readJson<HostShare>(out));
    Deno.removeSync(out);
  }
  return shares;
}

/** Trains in this process and writes its share to `out`. */
async function train(out: string, preset: string, overrides: string[]): Promise<void> {
  const config = resolveConfig(preset, [...overrides, ...undisturbed]);
  let [busy, since] = [0, 0];
  const tick = (step: number) => {
    if (step === skipped) [busy, since] = [threadTime(), performance.now()];
  };
  await runLoop(config, tick, () => {
    const steps = config.train.steps - skipped;
    const [hostMs, stepMs] = [(threadTime() - busy) / steps, (performance.now() - since) / steps];
    Deno.writeTextFileSync(out, JSON.stringify({ preset, share: hostMs / stepMs, hostMs, stepMs }));
  });
}

/** Processor time of the main thread in milliseconds; Linux counts it in nanoseconds. */
function threadTime(): number {
  const [nanoseconds] = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ");
  return Number(nanoseconds) / 1e6;
}

if (import.meta.main) await train(Deno.args[0]!, Deno.args[1]!, Deno.args.slice(2));
