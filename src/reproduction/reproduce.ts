/**
 * Trains a run again from its record alone, and compares the two.
 *
 * The configuration and the data's digest come from the record; a GAN run's text encoder is one whose state has the
 * recorded digest, or is trained again first. With the same code, engine, machine and number of threads
 * every bit is the same; differences are logged before training begins.
 */
import { dirname } from "node:path";
import type { Config } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { exists } from "../base/files.ts";
import { counted } from "../base/text.ts";
import { disposeTree } from "../engine/mod.ts";
import { readCheckpoint } from "../train/checkpoint.ts";
import { compareTrainings, type Comparison } from "./compare.ts";
import { pretrainAnew } from "../runs/encoder.ts";
import { compareEnvironments, describeEnvironment, type Environment } from "../records/environment.ts";
import { listRuns, runsRoot } from "../records/folder.ts";
import type { DataRecord } from "../records/create.ts";
import { openWorkplace, type RunOptions, type Workplace } from "../runs/workplace.ts";
import type { Watcher } from "../records/write.ts";
import { hadState, readRun, readRuns, referenceRoot, type RunRecord } from "../records/read.ts";
import { frozenImageEncoder, wordVectors } from "../runs/sources.ts";
import { readStatus } from "../records/status.ts";
import { kindOf } from "../runs/kinds/mod.ts";
import { type RunEnd, trainClassifierAnew, trainIn } from "../runs/train.ts";
import { checkpointPath } from "../records/checkpoints.ts";

/** Settings of {@link reproduceRun}. */
export interface ReproduceOptions extends RunOptions {
  /** Steps that are taken. Default: as many as the record has. */
  steps?: number | undefined;
}

/** The new run, and how it compares with the record. */
export interface Reproduction {
  /** Folder of the new run; the caller keeps or removes it. */
  folder: string;
  /** Undefined where the signal came before there was a line to compare. */
  comparison: Comparison | undefined;
  /** Differences from the time when the run was recorded, see `compareEnvironments`. */
  differs: string[];
}

/**
 * Trains the run of a record again in a new run folder, and compares.
 *
 * @throws UserError when the record is damaged or has no numbers, or the data set is missing or another.
 */
export async function reproduceRun(folder: string, options: ReproduceOptions = {}): Promise<Reproduction> {
  const record = readRun(folder);
  const { kind, config, status, lines, data, name } = record;
  if (lines.length === 0) fail(`The record "${folder}" has no numbers in metrics.jsonl that could be compared.`);
  const recorded = Math.max(lines.at(-1)!.step, ...Object.keys(record.digests).map(Number));
  const steps = Math.min(options.steps ?? recorded, recorded);
  const { watcher } = options;

  // A signal stops the run at its last step: another number of steps would be another configuration.
  const stop = new AbortController();
  const counting: Watcher = {
    say: (text) => watcher?.say(text),
    numbers: (...args) => watcher?.numbers?.(...args),
    progress(stage, step, of) {
      const own = stage === kindOf(kind).stage;
      watcher?.progress(stage, step, own ? Math.min(steps, of) : of);
      if (own && step >= steps && step < of) stop.abort();
    },
  };
  const signal = AbortSignal.any([stop.signal, ...(options.signal ? [options.signal] : [])]);
  const root = options.runs ?? runsRoot();
  const place = await openWorkplace(config, { ...options, runs: root, watcher: counting, signal });
  expectData(data, place);
  await expectSources(data, place);
  const differs = compareEnvironments(record.environment, describeEnvironment(place.engine).environment);
  logDifferences(record, differs, place, watcher);

  const label = `again-${name.replace(/^\d+-/, "")}`;
  const { folder: made, end } = await trainAgain(record, place, options, label);
  const found = readStatus(made).kind === kind ? readRun(made) : undefined;
  const stopped = end.state === "interrupted" && !stop.signal.aborted;
  if (stopped) watcher?.say(`stopped at step ${found ? end.step : 0}; what was trained till then is compared`);
  if (status.state !== "finished") {
    watcher?.say(`the record is of a run that is ${status.state}, up to step ${recorded}`);
  }
  const comparison = found && compareTrainings(record, found);
  return { folder: made, comparison: comparison?.lines ? comparison : undefined, differs };
}

function trainAgain(record: RunRecord, place: Workplace, options: ReproduceOptions, label: string): Promise<RunEnd> {
  if (record.kind === "damsm") return pretrainAnew(place, label);
  if (record.kind === "classifier") return trainClassifierAnew(place, label);
  return withEncoder(record, place, options, label);
}

/** Trains a GAN run with the text encoder that it had, found by its digest or trained first. */
async function withEncoder(
  { folder, data: { encoder } }: RunRecord,
  place: Workplace,
  options: ReproduceOptions,
  label: string,
): Promise<RunEnd> {
  if (!encoder) fail(`"${folder}/data.json" names no text encoder; the record is damaged.`);
  const { watcher, root } = place;
  const here = findEncoder([root, dirname(folder)], encoder.digest);
  if (here !== undefined) return await trainIn(place, { name: label, encoder: here });

  // Trained by the record of its own run; without that record, as the GAN run would train it.
  const records = readRuns([...new Set([dirname(folder), root, referenceRoot])]);
  const config: Config = records.find((run) => run.kind === "damsm" && hadState(run, encoder.digest))?.config ??
    place.config;
  watcher?.say(`text encoder ${encoder.run} (${encoder.digest.slice(0, 12)}) is not here: it is trained again first`);
  // Only the caller's own signal may end this; the count of steps is the GAN's.
  const first: Workplace = { ...place, config, signal: options.signal };
  const trained = await pretrainAnew(first);
  if (trained.end.state === "interrupted") return trained;
  const found = readCheckpoint(checkpointPath(trained.folder, "best")).metadata.state ?? "";
  watcher?.say(
    found === encoder.digest
      ? `the text encoder is the recorded one, to the last bit; it is kept in ${trained.run}`
      : `the text encoder's state is ${found.slice(0, 12)}, recorded was ${encoder.digest.slice(0, 12)}: ` +
        "what follows will differ with it",
  );
  return await trainIn(place, { name: label, encoder: trained.folder });
}

/** The folder of a finished pre-training run whose best checkpoint has some state. */
function findEncoder(roots: string[], state: string): string | undefined {
  const folders = [...new Set(roots)].flatMap((root) => listRuns(root)).map(({ folder }) => folder);
  return folders.find((folder) => {
    const path = checkpointPath(folder, "best");
    try {
      const { kind, state: ended } = readStatus(folder);
      return kind === "damsm" && ended === "finished" && exists(path) && readCheckpoint(path).metadata.state === state;
    } catch {
      return false; // a run that was killed while it was set up, or is damaged
    }
  });
}

/** @throws UserError when the prepared data set is not the one that the run was trained on. */
function expectData(data: DataRecord, { set }: Workplace): void {
  if (data.digest === set.digest) return;
  const clipart = data.name === "clipart"
    ? `deno task prepare clipart --stories ${data.stories.train} --force`
    : `deno task prepare ${data.name} --force, with the options that it was prepared with`;
  fail(
    `The run was trained on ${data.name} ${data.digest.slice(0, 12)} (${
      counted(data.stories.train ?? 0, "training story", "training stories")
    }), and the ` +
      `prepared set is ${set.digest.slice(0, 12)} (${set.split("train").length}); make that one: ${clipart}.`,
  );
}

/** @throws UserError when word vectors or a frozen image encoder come from other files than the recorded ones. */
async function expectSources({ glove, towerWeights }: DataRecord, { config, vocabulary }: Workplace): Promise<void> {
  const { frozen } = await frozenImageEncoder(config, towerWeights);
  disposeTree(frozen);
  if (!glove) return;
  const found = (await wordVectors(config, vocabulary)).glove?.digest;
  if (found === glove.digest) return;
  fail(
    `The word vectors "${config.text.glove}" have SHA-256 ${found?.slice(0, 12)}…, and the run began with ` +
      `${glove.digest.slice(0, 12)}…; put that file back.`,
  );
}

/** Logs the differences, and how to get the recorded number of threads. */
function logDifferences(
  { environment, name }: RunRecord,
  differs: string[],
  place: Workplace,
  watcher?: Watcher,
): void {
  if (differs.length === 0) return watcher?.say("same code, packages, engine, machine and threads as recorded");
  watcher?.say("not as it was when the run was recorded:");
  for (const difference of differs) watcher?.say(`  ${difference}`);
  const hint = threadHint(environment, place.engine.threads, navigator.hardwareConcurrency, name);
  if (hint !== undefined) watcher?.say(hint);
}

/**
 * XLA may add in another order with another number of threads, which it takes from the cores that a process may use.
 */
export function threadHint(
  { engine, cores }: Pick<Environment, "engine" | "cores">,
  threads: number,
  available: number,
  run: string,
): string | undefined {
  if (engine.threads === threads) return undefined;
  const why = `Recorded with ${
    counted(engine.threads, "thread")
  }, now with ${threads}: sums may be added in another order.`;
  if (engine.threads > available) {
    return `${why} That many need as many cores (recorded on ${cores}); this process may use ${available}.`;
  }
  const list = engine.threads === 1 ? "0" : `0-${engine.threads - 1}`;
  return `${why} To take as many: taskset -c ${list} deno task reproduce ${run}`;
}
