/** The common part of the tasks that start a run: options, preparation, training, report. */
import { presetNames } from "../../base/config.ts";
import { type Config, resolveConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import type { RunEnd } from "../../runs/train.ts";
import { openWorkplace, type Workplace } from "../../runs/workplace.ts";
import { ensureEngine } from "../common/engine.ts";
import { withInterrupt } from "../common/interrupt.ts";
import { deviceOverride, parseOptions, unknownOption } from "../common/options.ts";
import { recordedPaths } from "../common/paths.ts";
import { provideData } from "../common/provide_data.ts";
import { terminalWatcher } from "../common/terminal_watcher.ts";
import { reportEnd } from "./report_end.ts";

/** Help of the options that all these tasks have. */
export const startUsage = `  --preset NAME     ${presetNames.join(", ")} (default: tiny)
  --set KEY=VALUE   a config key, e.g. --set train.steps=200; repeatable, "--set" may be omitted
  --device D        cpu, cuda (the first GPU) or cuda:N, same as device=D (default: a GPU where there is one)
  --name NAME       name of the run folder, after its number (default: MODEL-PRESET-DATA)
  --dry-run         show the configuration, the numbers derived from it and what would stop training
  --quiet           show only how the run ended`;

export interface StartSettings {
  config: Config;
  name?: string | undefined;
  dryRun: boolean;
  quiet: boolean;
  /** Value of the option that only this task has. */
  own?: string | undefined;
}

/**
 * Reads the options of a task that starts a run.
 *
 * @param own name of the option that only this task has; it may be written like a setting (`encoder=RUN`)
 * @param key the config key that `own` sets, if it is a setting
 * @throws UserError for an unknown option or setting.
 */
export function readStart(args: string[], own: "encoder" | "data", key?: string): StartSettings {
  const options = parseOptions(args, {
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
    config: resolveConfig(
      options.preset,
      recordedPaths([...options.set, ...bare, ...ofOwn, ...deviceOverride(options.device)]),
    ),
    name: options.name,
    dryRun: options["dry-run"],
    quiet: options.quiet,
    own: given,
  };
}

/**
 * Prepares engine and data, shows the configuration, and trains unless it is a dry run.
 *
 * @param check what a dry run does in place of training: it throws what would stop it
 */
export async function startRun(
  { config, dryRun, quiet }: StartSettings,
  describe: (place: Workplace) => string,
  run: (place: Workplace) => Promise<RunEnd>,
  check: (place: Workplace) => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const log = quiet ? () => {} : (text: string) => console.log(text);
  await ensureEngine(config.engine);
  await provideData(config.data.name, log);
  const watcher = terminalWatcher(quiet);
  try {
    const end = await withInterrupt(watcher, async (signal) => {
      const place = await openWorkplace(config, { signal, watcher });
      log(describe(place));
      if (!dryRun) return await run(place);
      await check(place);
    });
    watcher.close();
    if (end) reportEnd(end);
  } finally {
    watcher.close();
  }
}
