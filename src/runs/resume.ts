/**
 * Continues a run.
 *
 * The configuration is read from the run, not given again: a changed setting that nobody notices is the usual reason
 * why the losses of a resumed GAN jump. All else that may change the numbers (code, packages, engine, machine, data) is
 * compared first; a run continues in spite of a difference only with `force`, and records it.
 */
import { flattenConfig } from "../base/config.ts";
import { fail } from "../base/errors.ts";
import { exists, readJson, writeAtomic } from "../base/files.ts";
import { type Config, resolveConfig, validateConfig } from "../model/config.ts";
import { readCheckpoint } from "../train/checkpoint.ts";
import { compareEnvironments, describeEnvironment, type Environment } from "../records/environment.ts";
import { execute } from "./execute.ts";
import { kindOf } from "./kinds/mod.ts";
import type { DataRecord } from "../records/create.ts";
import { openWorkplace, type RunOptions, type Workplace } from "./workplace.ts";
import { configDigest } from "../records/write.ts";
import { lastCheckpoint } from "../records/checkpoints.ts";
import { lockRun, now, readStatus, type Status } from "../records/status.ts";
import { type RunEnd, startTraining } from "./train.ts";

/** Settings of {@link resumeTraining}. */
export interface ResumeOptions extends RunOptions {
  /** Continue in spite of differences; they are recorded. */
  force?: boolean | undefined;
  /** `train.steps=…` to prolong the run, `device=…` to move it. Anything else counts as a difference. */
  overrides?: string[] | undefined;
}

/**
 * Continues the run in `folder` from its last checkpoint.
 *
 * @throws UserError when the run is complete, in use, or differs from its record and `force` is not set (naming the
 *   differences).
 */
export async function resumeTraining(folder: string, options: ResumeOptions = {}): Promise<RunEnd> {
  const status = readStatus(folder);
  const saved = validateConfig(readJson(`${folder}/config.json`));
  const config = withOverrides(saved, options.overrides ?? []);
  const steps = stepsOf(config, status.kind);
  const release = lockRun(folder);
  try {
    // A run that was out of patience is complete, too: it would stop again.
    const before = stepsOf(saved, status.kind);
    const stoppedEarly = status.step < before && steps === before;
    if (status.state === "finished" && (steps <= status.step || stoppedEarly)) {
      fail(
        `The run "${folder}" is complete at step ${status.step}.` +
          (status.kind === "gan" ? ` To prolong it, add --set train.steps=${2 * status.step}.` : ""),
      );
    }
    const place = await openWorkplace(config, options);
    const notes = compareWithRecord(folder, status, saved, place, options.force ?? false);
    writeAtomic(`${folder}/config.json`, JSON.stringify(config, null, 2) + "\n");
    return await execute(folder, place, status.kind, notes);
  } finally {
    release();
  }
}

/**
 * Continues where `startTraining` was interrupted: in the run, or in the pre-training before it, and then the run. A
 * finished run is returned as it is.
 */
export async function continueRun(run: RunEnd, config: Config, options: RunOptions = {}): Promise<RunEnd> {
  if (run.end.state === "finished") return run;
  const pretraining = readStatus(run.folder).kind === "damsm";
  return pretraining ? await startTraining(config, options) : await resumeTraining(run.folder, options);
}

/** The number of steps of a run of some kind. */
function stepsOf(config: Config, kind: Status["kind"]): number {
  return kindOf(kind).trainable(config).schedule(config).steps;
}

/** Applies overrides to a saved configuration; they are checked like those of a new run. */
function withOverrides(saved: Config, overrides: string[]): Config {
  const config = structuredClone(saved) as unknown as Record<string, unknown>;
  const resolved = resolveConfig(saved.preset, overrides) as unknown as Record<string, unknown>;
  for (const override of overrides) {
    const path = override.slice(0, override.indexOf("=")).split(".");
    const parent = (tree: Record<string, unknown>) =>
      path.slice(0, -1).reduce((node, part) => node[part] as Record<string, unknown>, tree);
    parent(config)[path.at(-1)!] = parent(resolved)[path.at(-1)!];
  }
  return validateConfig(config);
}

/** Compares the record with the present, adds the result to environment.json, and returns lines for the log. */
function compareWithRecord(
  folder: string,
  status: Status,
  saved: Config,
  { config, set, engine }: Workplace,
  force: boolean,
): string[] {
  const before = readJson<Environment>(`${folder}/environment.json`);
  const { environment } = describeEnvironment(engine);
  const data = readJson<DataRecord>(`${folder}/data.json`);
  const path = lastCheckpoint(folder);
  const { metadata } = exists(path) ? readCheckpoint(path) : { metadata: undefined };
  const differs = compareEnvironments(before, environment);
  if (data.digest !== set.digest) differs.push(`data: ${data.digest.slice(0, 12)} → ${set.digest.slice(0, 12)}`);
  differs.push(...compareConfigs(saved, config));
  if (metadata?.config !== undefined && metadata.config !== configDigest(saved, status.kind)) {
    differs.push("config: config.json is not the one that the last checkpoint was saved with");
  }
  if (differs.length > 0 && !force) {
    fail(`The run "${folder}" would not go on as it began: ${differs.join("; ")}. To go on all the same, add --force.`);
  }
  const step = Number(metadata?.step ?? 0);
  const resumed = [...(before.resumed ?? []), { time: now(), step, differs, forced: differs.length > 0 }];
  writeAtomic(`${folder}/environment.json`, JSON.stringify({ ...before, resumed }, null, 2) + "\n");
  const prolonged = saved.train.steps !== config.train.steps
    ? [`train.steps: ${saved.train.steps} → ${config.train.steps}`]
    : [];
  const killed = status.state === "running" ? [`process ${status.pid} was killed`] : [];
  return [...killed, ...prolonged, ...(differs.length > 0 ? [`forced, differs in ${differs.join("; ")}`] : [])];
}

/** Keys that change no numbers by themselves; another kind of device is a difference of environments. */
const free = ["train.steps", "device", "deviceMemory"];

function compareConfigs(saved: Config, config: Config): string[] {
  const flat = (tree: Config) => new Map(flattenConfig(tree));
  const [a, b] = [flat(saved), flat(config)];
  return [...b].filter(([key, value]) => !free.includes(key) && JSON.stringify(value) !== JSON.stringify(a.get(key)))
    .map(([key, value]) => `${key}: ${JSON.stringify(a.get(key))} → ${JSON.stringify(value)}`);
}
