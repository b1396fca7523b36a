/**
 * The host's share of a training step: what the training thread itself computes in the real loop, `trainGan`, while the
 * compiled program runs or waits.
 *
 * Measured as processor time of that thread, all of it, divided by the time of a step: an upper bound of what a step
 * loses to it, as most of it overlaps with the program of the step before. Uploads, calls, reports and whatever of
 * fetching is left on this thread are in it; compiling is not, for the first steps are left out.
 */
import { resolveConfig } from "../../src/base/config.ts";
import { readJson } from "../../src/base/files.ts";
import { provideData } from "../../src/cli/common/provide_data.ts";
import { runLoop, undisturbed } from "./loop.ts";
import { type Setting, storiesOf, works } from "./works.ts";

/** One preset's host time. */
export interface HostShare {
  preset: string;
  /** Of a step's time, 0 to 1. */
  share: number;
  /** Processor time of the training thread a step. */
  hostMs: number;
  stepMs: number;
}

const skipped = 4; // steps: compiling, and the program's first runs

/** Measures the loop on the prepared data set, each preset in a process of its own. */
export async function measureHost(setting: Setting): Promise<HostShare[]> {
  await provideData("clipart", () => {});
  const shares: HostShare[] = [];
  for (const work of works.filter(({ kind }) => kind === "train")) {
    const steps = skipped + setting.steps * (work.preset === "tiny" ? 4 : 1);
    const batch = `train.batch=${storiesOf(work, setting)}`;
    const out = Deno.makeTempFileSync({ prefix: "storyloom-bench-" });
    const program = new URL(import.meta.url).pathname;
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, out, work.preset, `train.steps=${steps}`, batch, ...setting.overrides],
    }).output();
    if (!success) throw new Error(`Measuring the host's share failed: ${new TextDecoder().decode(stderr)}`);
    shares.push(readJson<HostShare>(out));
    Deno.removeSync(out);
  }
  return shares;
}

/** Trains in this process, and writes its share. */
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

/** Processor time of the thread that runs this program, in milliseconds; Linux counts it in nanoseconds. */
function threadTime(): number {
  const [nanoseconds] = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/schedstat`).split(" ");
  return Number(nanoseconds) / 1e6;
}

if (import.meta.main) await train(Deno.args[0]!, Deno.args[1]!, Deno.args.slice(2));
