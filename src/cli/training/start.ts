/** What the tasks that start a run have in common: their options, and the way from a configuration to a run's end. */
import { parseArgs } from "@std/cli";
import { presetNames } from "../../base/config.ts";
import { type Config, resolveConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { openWorkplace, type Workplace } from "../../runs/workplace.ts";
import type { RunEnd } from "../../runs/train.ts";
import { deviceOverride, unknownOption } from "../common/options.ts";
import { provideData } from "../common/ready.ts";
import { ensureEngine } from "../machine/setup.ts";
import { reportEnd, terminalWatcher, withInterrupt } from "../common/watch.ts";

/** Options of every such task, for its usage. */
export const startUsage = `  --preset NAME     ${presetNames.join(", ")} (default: tiny)
  --set KEY=VALUE   a config key, e.g. --set train.steps=200; may be repeated, and the --set may be left out
  --device D        cpu, cuda (the first GPU) or cuda:N, as device=D (default: a GPU where there is one)
  --name NAME       what the run folder is called after its number
  --dry-run         show the configuration and what follows from it, and stop
  --quiet           show how it ends, and nothing before`;

export interface StartSettings {
  config: Config;
  name?: string;
  dryRun: boolean;
  quiet: boolean;
  /** The option that only this task has. */
  own?: string;
}

/**
 * Reads the options of a task that starts a run.
 *
 * @param own name of one more option, which is no setting but may be written as one (`encoder=RUN`)
 * @param key the setting that `own` stands for, where it is one after all
 * @throws UserError for an unknown option or setting.
 */
export function readStart(args: string[], own: "encoder" | "data", key?: string): StartSettings {
  const options = parseArgs(args, {
    string: ["preset", "set", "device", "name", "encoder", "data", "_"],
    boolean: ["dry-run", "quiet"],
    collect: ["set"],
    default: { preset: "tiny" },
    unknown: unknownOption(["preset", "set", "device", "name", "dry-run", "quiet", own]),
  });
  const bare = options._.map(String);
  const named = bare.findLastIndex((arg) => arg.startsWith(`${own}=`));
  const given = options[own] ?? (named < 0 ? undefined : bare.splice(named, 1)[0]!.slice(own.length + 1));
  for (const arg of bare) {
    if (!arg.includes("=")) fail(`Cannot read "${arg}": write options as --name, settings as key=value.`);
  }
  const ofOwn = key !== undefined && given !== undefined ? [`${key}=${given}`] : [];
  return {
    config: resolveConfig(options.preset, [...options.set, ...bare, ...ofOwn, ...deviceOverride(options.device)]),
    name: options.name,
    dryRun: options["dry-run"],
    quiet: options.quiet,
    own: given,
  };
}

/** Sets up what is missing, shows what follows from the configuration, and runs unless it is dry. */
export async function startRun(
  { config, dryRun, quiet }: StartSettings,
  describe: (place: Workplace) => string,
  run: (place: Workplace) => Promise<RunEnd>,
): Promise<void> {
  const say = quiet ? () => {} : (text: string) => console.log(text);
  await ensureEngine(config.engine);
  await provideData(config.data.name, say);
  const watcher = terminalWatcher(quiet);
  try {
    const end = await withInterrupt(watcher, async (signal) => {
      const place = await openWorkplace(config, { signal, watcher });
      say(describe(place));
      return dryRun ? undefined : await run(place);
    });
    watcher.close();
    if (end) reportEnd(end);
  } finally {
    watcher.close();
  }
}
