/**
 * `deno task damsm [--data NAME] [--preset tiny] [key=value …] [--device cuda:1] [--name NAME] [--dry-run] [--quiet]`:
 * pre-trains a text encoder with pictures (DAMSM), as `train` does when no run has one that fits.
 */
import { parseArgs } from "@std/cli";
import { presets, resolveConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { pretrainAnew } from "../runs/encoder.ts";
import { openWorkplace } from "../runs/prepare.ts";
import { checkBatches } from "../runs/train.ts";
import { describePretraining } from "./describe.ts";
import { deviceOverride, unknownOption } from "./options.ts";
import { provideData } from "./ready.ts";
import { runTask } from "./run_task.ts";
import { ensureEngine } from "./setup.ts";
import { reportEnd, terminalWatcher, withInterrupt } from "./watch.ts";

const usage = `Usage: deno task damsm [options] [key=value …]

  --data NAME       the data set, as data.name=NAME (default: clipart)
  --preset NAME     ${Object.keys(presets).join(", ")} (default: tiny)
  --set KEY=VALUE   a config key, e.g. --set text.steps=200; may be repeated, and the --set may be left out
  --device D        cpu, cuda (the first GPU) or cuda:N, as device=D (default: a GPU where there is one)
  --name NAME       what the run folder is called after its number
  --dry-run         show the configuration and what follows from it, and stop
  --quiet           show how it ends, and nothing before`;

async function main(args: string[]): Promise<void> {
  const known = ["data", "preset", "set", "device", "name", "dry-run", "quiet"];
  const options = parseArgs(args, {
    string: ["data", "preset", "set", "device", "name", "_"],
    boolean: ["dry-run", "quiet"],
    collect: ["set"],
    default: { preset: "tiny" },
    unknown: unknownOption(known),
  });
  const bare = options._.map(String);
  for (const arg of bare) {
    if (!arg.includes("=")) fail(`Cannot read "${arg}": write options as --name, settings as key=value.`);
  }
  const data = options.data === undefined ? [] : [`data.name=${options.data}`];
  const config = resolveConfig(options.preset, [...options.set, ...bare, ...data, ...deviceOverride(options.device)]);
  const say = options.quiet ? () => {} : (text: string) => console.log(text);

  await ensureEngine(config.engine);
  await provideData(config.data.name, say);
  const watcher = terminalWatcher(options.quiet);
  try {
    const end = await withInterrupt(watcher, async (signal) => {
      const place = await openWorkplace(config, { signal, watcher });
      checkBatches(place, ["text.batch"]);
      say(describePretraining(place));
      return options["dry-run"] ? undefined : await pretrainAnew(place, options.name);
    });
    watcher.close();
    if (end) reportEnd(end);
  } finally {
    watcher.close();
  }
}

if (import.meta.main) await runTask(main, usage);
