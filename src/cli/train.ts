/**
 * `deno task train [--preset tiny] [--set key=value …] [--device cuda:1] [--name NAME] [--dry-run] [--quiet]`: sets up
 * what is missing, pre-trains the text encoder if no run has it, and trains.
 */
import { parseArgs } from "@std/cli";
import { flattenConfig, presets, resolveConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { countTrainable } from "../model/parameters.ts";
import { systemByName } from "../model/systems/mod.ts";
import { openWorkplace, type Workplace } from "../runs/prepare.ts";
import { trainIn } from "../runs/train.ts";
import { damsmParameters } from "../train/damsm.ts";
import { deviceOverride, unknownOption } from "./options.ts";
import { provideData } from "./ready.ts";
import { runTask } from "./run_task.ts";
import { ensureEngine } from "./setup.ts";
import { reportEnd, terminalWatcher, withInterrupt } from "./watch.ts";

const usage = `Usage: deno task train [options] [key=value …]

  --preset NAME     ${Object.keys(presets).join(", ")} (default: tiny)
  --set KEY=VALUE   a config key, e.g. --set train.steps=200; may be repeated, and the --set may be left out
  --device D        cpu, cuda (the first GPU) or cuda:N, as device=D (default: a GPU where there is one)
  --name NAME       what the run folder is called after its number
  --dry-run         show the configuration and what follows from it, and stop
  --quiet           show how it ends, and nothing before`;

async function main(args: string[]): Promise<void> {
  const known = ["preset", "set", "device", "name", "dry-run", "quiet"];
  const options = parseArgs(args, {
    string: ["preset", "set", "device", "name", "_"],
    boolean: ["dry-run", "quiet"],
    collect: ["set"],
    default: { preset: "tiny" },
    unknown: unknownOption(known),
  });
  const bare = options._.map(String);
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
      say(describe(place));
      return options["dry-run"] ? undefined : await trainIn(place, options.name);
    });
    watcher.close();
    if (end) reportEnd(end);
  } finally {
    watcher.close();
  }
}

/** The configuration, and the numbers that follow from it and the data. */
function describe({ config, set, vocabulary, engine }: Workplace): string {
  const system = systemByName(config.system).parameters(config);
  const count = (prefix: string) => countTrainable(system, prefix).toLocaleString("en-US");
  const stories = set.split("train").length;
  const rows: [string, unknown][] = [
    ...flattenConfig(config).map(([key, value]) => [key, JSON.stringify(value)] as [string, unknown]),
    ["· engine in use", `${engine.name} (${engine.version}), ${engine.threads} threads`],
    ["· devices", engine.devices.join(", ")],
    ["· training stories", `${stories} of ${set.frames} frames, data ${set.digest.slice(0, 12)}`],
    ["· batches in an epoch", (stories / config.train.batch).toFixed(1)],
    ["· steps", `${config.train.steps} (${(config.train.steps * config.train.batch / stories).toFixed(1)} epochs)`],
    ["· vocabulary", `${vocabulary.words.length} words`],
    ["· generator", `${count("generator.")} parameters`],
    ["· discriminator", `${count("discriminator.")} parameters`],
    [
      "· text encoder, tower",
      `${countTrainable(damsmParameters(config, vocabulary)).toLocaleString("en-US")} parameters`,
    ],
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, value]) => `${key.padEnd(width)}  ${value}`).join("\n");
}

if (import.meta.main) await runTask(main, usage);
