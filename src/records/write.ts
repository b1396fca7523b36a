/**
 * The run record: writes the reports of a training loop to disk.
 *
 * `metrics.jsonl` holds only numbers that config, data and machine determine, so a resumed run writes the same
 * bytes as an uninterrupted one; speed and memory go to `timing.jsonl`. Lines after the last checkpoint are
 * removed when a run is resumed, as their steps are repeated.
 */
import { fail } from "../base/errors.ts";
import { digestJson, reason, writeAtomic } from "../base/files.ts";
import { flattenConfig, type Tree } from "../base/config.ts";
import { type Config, valuesBefore } from "../model/config.ts";
import type { State } from "../engine/mod.ts";
import { checkpointNames, digestState, firstNotFinite, readState, writeCheckpoint } from "../train/checkpoint.ts";
import type { Best, Recorder, TrainingEnd } from "../train/recorder.ts";
import type { TrainState } from "../train/state.ts";
import { checkpointPath, keptName, lastCheckpoint } from "./checkpoints.ts";
import { now, runningStatus, type Status, writeStatus } from "./status.ts";

/** Shows the progress of a run, in a terminal or a notebook. */
export interface Watcher {
  /** A line of text. */
  say(text: string): void;
  /** Step `step` of `steps` of a stage such as "pre-training". */
  progress(stage: string, step: number, steps: number): void;
  /** Numbers that were just logged. */
  numbers?(stage: string, step: number, values: Record<string, number>): void;
  /** A sample grid was written to a PNG file. */
  sampled?(step: number, path: string): void;
}

/** Settings of {@link openRecord}. */
export interface RecordSettings {
  folder: string;
  kind: Status["kind"];
  /** Its name in progress bars, e.g. "pre-training". */
  stage: string;
  config: Config;
  /** Steps done before, i.e. the checkpoint from which the run continues, and all steps. */
  step: number;
  steps: number;
  /** Name of the trainable. */
  name: string;
  /** The vocabulary of the text encoder; a classifier has none. */
  vocabulary?: string[];
  /** The objects that a classifier distinguishes. */
  targets?: string[];
  /** Digest of the data set. */
  data: string;
  watcher?: Watcher | undefined;
  /** Generates the sample grid and returns its file; pre-training has none. */
  sample?: (step: number, weights: State) => Promise<string>;
}

export interface RunWriter extends Recorder {
  folder: string;
  log(text: string): void;
  /** Marks the run as ended and stops its heartbeat. */
  close(end: TrainingEnd | { error: string }): void;
}

/**
 * Keys that are no part of the identity of a configuration, beside train.steps: they change no number of a run.
 * environment.json records the device.
 */
const noIdentity = ["device", "deviceMemory", "record.keep"];

/**
 * Keys that were added after the first checkpoints were saved, with the values that describe those runs; those whose value
 * is not the default are declared by the settings, see {@link valuesBefore}.
 */
const addedLater: Record<string, unknown> = {
  precision: "float32",
  deterministic: true,
  "data.captions": "random",
  "data.labels": 0,
  "model.db.choice": "soft",
  "model.db.inference": "hard",
  "model.generatorFloor": 0,
  "model.storyInput": false,
  "loss.perceptual": 0,
  "loss.objects": 0,
  "loss.encoderObjects": 0,
  "text.objects": 0,
  "loss.jitter": 0,
  "loss.augment": 0,
  "loss.encoderObjectsUntil": 0,
  "loss.objectsFrom": "real",
  "train.decay": "none",
};

/**
 * Identity of a configuration: all that changes a run's numbers. A key that was added later counts only if its value
 * differs from the one that describes older runs, so that older checkpoints keep their identity.
 */
export function configDigest(config: Config, kind: Status["kind"]): string {
  const tree = structuredClone(config) as unknown as Tree;
  if (kind !== "classifier") delete tree.classifier; // an evaluator, without influence on other networks
  const earlier = { ...addedLater, ...valuesBefore(config.system) };
  for (const [key, value] of flattenConfig(tree)) {
    if (key === "train.steps") put(tree, key, 0);
    else if (noIdentity.includes(key) || (key in earlier && earlier[key] === value)) put(tree, key, undefined);
  }
  return digestJson(tree);
}

/** Sets a dotted key; undefined removes it. */
function put(tree: Tree, key: string, value: unknown): void {
  const path = key.split(".");
  const parent = path.slice(0, -1).reduce((node, part) => node[part] as Tree, tree);
  if (value === undefined) delete parent[path.at(-1)!];
  else parent[path.at(-1)!] = value;
}

const heartbeatMs = 5000;

/** Opens the record of a run whose folder this process holds. */
export function openRecord(settings: RecordSettings): RunWriter {
  const { folder, kind, stage, config, steps, vocabulary, targets, data, watcher } = settings;
  dropLinesAfter(`${folder}/metrics.jsonl`, settings.step);
  dropLinesAfter(`${folder}/timing.jsonl`, settings.step);
  const digests = readDigests(folder, settings.step);
  const metrics = openLines(`${folder}/metrics.jsonl`);
  const timing = openLines(`${folder}/timing.jsonl`);
  const journal = openLines(`${folder}/log.txt`);
  const log = (text: string) => journal.write(`${now()} ${text}\n`);

  let status = runningStatus(kind, settings.step, steps, firstStart(folder));
  writeStatus(folder, status);
  log(`${kind} from step ${settings.step} of ${steps}, process ${status.pid} on ${status.host}`);
  const heartbeat = setInterval(() => {
    try {
      writeStatus(folder, status = { ...status, heartbeat: now() });
    } catch {
      // A full disk must not end a run between two checkpoints; the next save reports it.
    }
  }, heartbeatMs);

  return {
    folder,
    log,
    metrics(step, values) {
      metrics.write(JSON.stringify({ step, ...values }) + "\n");
      watcher?.numbers?.(stage, step, values);
    },
    timing(step, values) {
      timing.write(JSON.stringify({ step, time: now(), ...values }) + "\n");
    },
    tick(step) {
      status = { ...status, step };
      watcher?.progress(stage, step, steps);
    },
    async sample(step, weights) {
      const path = await settings.sample?.(step, weights); // written with or without a watcher
      if (path !== undefined) watcher?.sampled?.(step, path);
    },
    async save(step: number, state: TrainState, best: Best | undefined) {
      const stored = await readState(checkpointNames(state));
      const broken = firstNotFinite(stored);
      if (broken) {
        fail(
          `Training broke at step ${step}: NaN or infinity in "${broken}" after its update. Earlier checkpoints are kept.`,
        );
      }
      const digest = digestState(stored);
      const metadata = {
        format: "storyloom-checkpoint",
        kind,
        step: String(step),
        system: settings.name,
        config: configDigest(config, kind),
        data,
        ...(vocabulary ? { vocabulary: JSON.stringify(vocabulary) } : {}),
        ...(targets ? { targets: JSON.stringify(targets) } : {}),
        best: JSON.stringify(best ?? null),
        state: digest,
      };
      // `last` is what a run resumes from, so it is written after everything else is on the disk.
      metrics.sync();
      digests[step] = digest;
      writeAtomic(`${folder}/digests.json`, JSON.stringify(digests, null, 2) + "\n");
      if (config.record.keep) writeCheckpoint(checkpointPath(folder, keptName(step)), stored, metadata);
      if (best?.step === step) writeCheckpoint(checkpointPath(folder, "best"), stored, metadata);
      writeCheckpoint(lastCheckpoint(folder), stored, metadata);
      writeStatus(folder, status = { ...status, step, heartbeat: now() });
      log(`saved step ${step}, state ${digest.slice(0, 12)}${best?.step === step ? ", the best so far" : ""}`);
    },
    close(end) {
      clearInterval(heartbeat);
      const last = "error" in end ? { state: "failed" as const, error: end.error } : { state: end.state };
      try {
        writeStatus(folder, { ...status, ...last, heartbeat: now() });
        log("error" in end ? `failed: ${end.error}` : `${end.state} at step ${end.step}`);
      } finally {
        for (const file of [metrics, timing, journal]) file.close();
      }
    },
  };
}

/** Runs a loop and ends the record as the loop ended, in success, interruption or error. */
export async function closing(record: RunWriter, loop: () => Promise<TrainingEnd>): Promise<TrainingEnd> {
  try {
    const end = await loop();
    record.close(end);
    return end;
  } catch (error) {
    record.close({ error: (error as Error).message });
    throw error;
  }
}

/** When the run first started, if this is not the first time. */
function firstStart(folder: string): string | undefined {
  const text = readText(`${folder}/status.json`);
  return text ? (JSON.parse(text) as Status).started : undefined;
}

/** State digests by step, of the checkpoints up to `step`. */
function readDigests(folder: string, step: number): Record<string, string> {
  const all = readText(`${folder}/digests.json`);
  const entries = all ? Object.entries(JSON.parse(all) as Record<string, string>) : [];
  return Object.fromEntries(entries.filter(([at]) => Number(at) <= step));
}

/** Removes the lines of later steps, and an incomplete last line. */
export function dropLinesAfter(path: string, step: number): void {
  const text = readText(path);
  if (!text) return;
  const kept = text.split("\n").filter((line) => {
    try {
      return (JSON.parse(line) as { step: number }).step <= step;
    } catch {
      return false;
    }
  }).map((line) => line + "\n").join("");
  if (kept !== text) writeAtomic(path, kept);
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A file to which whole lines are appended, each written at once, so that a killed process loses none. */
function openLines(path: string): { write(line: string): void; sync(): void; close(): void } {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      fail(`Cannot write "${path}": ${reason(error)}.`, error);
    }
  };
  const file = attempt(() => Deno.openSync(path, { append: true, create: true }));
  return {
    write: (line) =>
      attempt(() => {
        const bytes = new TextEncoder().encode(line);
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      }),
    sync: () => attempt(() => file.syncSync()),
    close: () => file.close(),
  };
}
