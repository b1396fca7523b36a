/**
 * `deno task reproduce RUN [options]`: trains a run again from its record alone and prints `identical`,
 * `equal within 1e-n` or `different since step k`.
 */
import { fail } from "../../base/errors.ts";
import { counted } from "../../base/text.ts";
import { type Comparison, tolerance, verdictLine } from "../../reproduction/compare.ts";
import { findRunOrReference, readRun } from "../../records/read.ts";
import { reproduceRun } from "../../reproduction/reproduce.ts";
import { ensureEngine } from "../common/engine.ts";
import { interruptedCode, withInterrupt } from "../common/interrupt.ts";
import { parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath, shownPath } from "../common/paths.ts";
import { provideData } from "../common/provide_data.ts";
import { runTask } from "../common/run_task.ts";
import { terminalWatcher } from "../common/terminal_watcher.ts";

const usage = `Usage: deno task reproduce RUN [options]

Trains a run again from its record alone and compares metrics and states. Exits with 0 when they are identical or equal
within ${tolerance}, and with 1 when they differ by more.

  RUN        folder, name or number of a run, or name of a record in runs/reference; no checkpoints needed
  --steps N  train and compare only the first N steps (default: all)
  --keep     keep the folder of the new run (default: keep it only if it differs)
  --quiet    show only differences and the verdict

Example: deno task reproduce 0002-ours-tiny-clipart --steps 100`;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["steps", "_"],
    boolean: ["keep", "quiet"],
    unknown: unknownOption(["steps", "keep", "quiet"]),
  });
  const [run, extra] = options._.map(String);
  if (run === undefined) fail("Name the run to train again: deno task reproduce RUN (folder, name or number).");
  if (extra !== undefined) fail(`Cannot read "${extra}": one run, then options.`);
  const steps = wholeNumber("steps", options.steps, 1);
  const folder = findRunOrReference(run);
  const { config } = readRun(folder);
  await ensureEngine(config.engine);
  await provideData(config.data.name, options.quiet ? () => {} : (text) => console.log(text));
  const watcher = terminalWatcher(options.quiet);
  try {
    const { folder: made, comparison, differs, interrupted } = await withInterrupt(watcher, async (signal) => ({
      ...await reproduceRun(folder, { steps, signal, watcher }),
      interrupted: signal.aborted,
    }));
    watcher.close();
    if (options.quiet && differs.length > 0) console.log(`differs from the record: ${differs.join("; ")}`);
    if (comparison) console.log(describe(shownPath(folder), comparison));
    const different = comparison?.verdict === "different";
    if (options.keep || different || !comparison) console.log(`the new run is in ${fullPath(made)}`);
    else Deno.removeSync(made, { recursive: true });
    if (interrupted) Deno.exitCode = interruptedCode;
    else if (different) Deno.exitCode = 1;
  } finally {
    watcher.close();
  }
}

function describe(run: string, found: Comparison): string {
  const { lines, states, step, beyond, first, state, only } = found;
  const compared = `${counted(lines, "line")} of metrics.jsonl and ${counted(states, "state")}, to step ${step}`;
  const at = beyond ?? first;
  const notes = [
    ...(at
      ? [`  step ${at.step}, ${at.name}: ${at.recorded} recorded, ${at.found} now (${at.relative.toExponential(1)})`]
      : []),
    ...(state !== undefined ? [`  the states differ since step ${state}`] : []),
    ...(states === 0 ? ["  no checkpoint within these steps, so states cannot be compared"] : []),
    ...(["recorded", "found"] as const).filter((side) => only[side].length > 0)
      .map((side) => `  ${side === "found" ? "only now" : "only recorded"}: ${only[side].join(", ")}`),
  ];
  return [`${run}: ${verdictLine(found)} (${compared})`, ...notes].join("\n");
}

if (import.meta.main) await runTask(main, usage);
