/** `deno task resume RUN [options]`: continues a run from its last checkpoint. */
import { validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { findRun } from "../../records/folder.ts";
import { resumeTraining } from "../../runs/resume.ts";
import { ensureEngine } from "../common/engine.ts";
import { withInterrupt } from "../common/interrupt.ts";
import { deviceOverride, parseOptions, unknownOption } from "../common/options.ts";
import { recordedPaths } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { terminalWatcher } from "../common/terminal_watcher.ts";
import { reportEnd } from "./report_end.ts";

const usage = `Usage: deno task resume RUN [options] [key=value …]

Continues a run from its last checkpoint; the result is the same to the last bit as without the interruption.

  RUN               folder, name or number of a run
  --set KEY=VALUE   train.steps=N makes the run longer; any other key counts as a difference to the record
  --device D        cpu, cuda or cuda:N (default: the run's device)
  --force           continue although code, packages, engine, machine, data or settings differ; recorded in the run
  --quiet           show only how the run ended

Example: deno task resume 2 --set train.steps=5000`;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["set", "device", "_"],
    boolean: ["force", "quiet"],
    collect: ["set"],
    unknown: unknownOption(["set", "device", "force", "quiet"]),
  });
  const [run, ...bare] = options._.map(String);
  if (run === undefined) fail("Name the run to continue: deno task resume RUN (folder, name or number).");
  for (const arg of bare) if (!arg.includes("=")) fail(`Cannot read "${arg}": one run, then settings as key=value.`);
  const folder = findRun(run);
  const { engine } = validateConfig(readJson(`${folder}/config.json`));
  await ensureEngine(engine);
  const watcher = terminalWatcher(options.quiet);
  try {
    const end = await withInterrupt(
      watcher,
      (signal) =>
        resumeTraining(folder, {
          signal,
          watcher,
          force: options.force,
          overrides: recordedPaths([...options.set, ...bare, ...deviceOverride(options.device)]),
        }),
    );
    watcher.close();
    reportEnd(end);
  } finally {
    watcher.close();
  }
}

if (import.meta.main) await runTask(main, usage);
