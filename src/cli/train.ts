/**
 * `deno task train [--preset tiny] [--set key=value …] [--encoder RUN] [--device cuda:1] [--name NAME] [--dry-run]
 * [--quiet]`: sets up what is missing, pre-trains the text encoder if no run has it, and trains.
 */
import { parseArgs } from "@std/cli";
import { presets, resolveConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { openWorkplace } from "../runs/prepare.ts";
import { trainIn } from "../runs/train.ts";
import { describeTraining } from "./describe.ts";
import { deviceOverride, unknownOption } from "./options.ts";
import { provideData } from "./ready.ts";
import { runTask } from "./run_task.ts";
import { ensureEngine } from "./setup.ts";
import { reportEnd, terminalWatcher, withInterrupt } from "./watch.ts";

const usage = `Usage: deno task train [options] [key=value …]

  --preset NAME     ${Object.keys(presets).join(", ")} (default: tiny)
  --set KEY=VALUE   a config key, e.g. --set train.steps=200; may be repeated, and the --set may be left out
  --encoder RUN     the pre-training run whose text encoder is used (default: one that fits, or a new one)
  --device D        cpu, cuda (the first GPU) or cuda:N, as device=D (default: a GPU where there is one)
  --name NAME       what the run folder is called after its number
  --dry-run         show the configuration and what follows from it, and stop
  --quiet           show how it ends, and nothing before`;

async function main(args: string[]): Promise<void> {
  const known = ["preset", "set", "encoder", "device", "name", "dry-run", "quiet"];
  const options = parseArgs(args, {
    string: ["preset", "set", "encoder", "device", "name", "_"],
    boolean: ["dry-run", "quiet"],
    collect: ["set"],
    default: { preset: "tiny" },
    unknown: unknownOption(known),
  });
  const bare = options._.map(String);
  // The encoder is a run and no setting; written as one, it is understood all the same.
  const named = bare.findLastIndex((arg) => arg.startsWith("encoder="));
  const encoder = options.encoder ?? (named < 0 ? undefined : bare.splice(named, 1)[0]!.slice("encoder=".length));
  for (const arg of bare) {
    if (!arg.includes("=")) fail(`Cannot read "${arg}": write options as --name, settings as key=value.`);
  }
  const config = resolveConfig(options.preset, [...options.set, ...bare, ...deviceOverride(options.device)]);
  const say = options.quiet ? () => {} : (text: string) => console.log(text);

  await ensureEngine(config.engine);
  await provideData(config.data.name, say);
  const watcher = terminalWatcher(options.quiet);
  try {
    const end = await withInterrupt(watcher, async (signal) => {
      const place = await openWorkplace(config, { signal, watcher });
      say(describeTraining(place));
      return options["dry-run"] ? undefined : await trainIn(place, { name: options.name, encoder });
    });
    watcher.close();
    if (end) reportEnd(end);
  } finally {
    watcher.close();
  }
}

if (import.meta.main) await runTask(main, usage);
