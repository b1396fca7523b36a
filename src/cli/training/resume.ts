/** `deno task resume RUN [--force] [--set train.steps=N] [--device D] [--quiet]`: goes on with a run from its last checkpoint. */
import { parseArgs } from "@std/cli";
import { validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { findRun } from "../../records/folder.ts";
import { resumeTraining } from "../../runs/resume.ts";
import { deviceOverride, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";
import { reportEnd, terminalWatcher, withInterrupt } from "../common/watch.ts";

const usage = `Usage: deno task resume RUN [options]

  RUN               folder, name or number of a run
  --set KEY=VALUE   train.steps=N prolongs the run; anything else counts as a difference
  --device D        cpu, cuda or cuda:N: where to go on (default: where it was)
  --force           go on although code, packages, engine, machine, data or config differ; it is recorded
  --quiet           show how it ends, and nothing before`;

async function main(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["set", "device", "_"],
    boolean: ["force", "quiet"],
    collect: ["set"],
    unknown: unknownOption(["set", "device", "force", "quiet"]),
  });
  const [run, ...bare] = options._.map(String);
  if (run === undefined) fail("Name the run to go on with: deno task resume RUN (folder, name or number).");
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
          overrides: [...options.set, ...bare, ...deviceOverride(options.device)],
        }),
    );
    watcher.close();
    reportEnd(end);
  } finally {
    watcher.close();
  }
}

if (import.meta.main) await runTask(main, usage);
