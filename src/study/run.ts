/**
 * Running a study: first what its runs share (text encoders, judges), then every run that is not there yet: train, judge
 * on test, look inside. What a run left is in its own folder, so a study that is stopped goes on where it was, and one
 * that is started twice does nothing twice.
 */
import { digestJson, readJson, writeAtomic } from "../base/files.ts";
import type { Config } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { pool } from "../base/concurrency.ts";
import { hasBest, readRuns } from "../records/read.ts";
import { exists } from "../records/checkpoints.ts";
import { lockRun } from "../records/status.ts";
import { findClassifierRun, findEncoders, findJudges, judgeSeed } from "./evaluators.ts";
import { type Job, planStudy } from "./plan.ts";
import { type StudyResults, studyResults } from "./results.ts";
import type { Study } from "./studies.ts";
import { type Outcome, runTaskProcess } from "./tasks.ts";

/** Settings of {@link runStudy}. */
export interface StudyOptions {
  /** Folder of all runs; the study's own is `studies/NAME` in it. */
  runs: string;
  data: string;
  /** Further folders of records that count, e.g. the reference. */
  records?: string[];
  /** Settings of every run, e.g. `train.steps=100`. */
  set?: string[];
  /** Runs at work at the same time. Default: 1. */
  atOnce?: number;
  /** Devices that runs take in turn, e.g. `["cuda:0", "cuda:1"]`. Default: the configuration's. */
  devices?: string[];
  /** Try again what failed. */
  retry?: boolean;
  /** Options of `deno task evaluate` for every run. */
  judging?: string[];
  signal?: AbortSignal;
  say?: (text: string) => void;
  /** What starts a task. Default: {@link runTaskProcess}. */
  start?: (task: [string, ...string[]], log: string, signal?: AbortSignal) => Promise<Outcome>;
}

/** Errors of a study's runs, by job name. */
type Failures = Record<string, string>;

export const studyFolder = (runs: string, study: Study): string => `${runs}/studies/${study.name}`;

/** Plans a study as it stands, with the failures that it remembers. */
export function openStudy(study: Study, options: StudyOptions): Job[] {
  const path = `${studyFolder(options.runs, study)}/failures.json`;
  return planStudy(study, {
    roots: [options.runs, ...options.records ?? []],
    data: options.data,
    set: options.set,
    failures: exists(path) && !options.retry ? readJson<Failures>(path) : {},
  });
}

/**
 * Runs all that is left to do.
 *
 * @returns the jobs as they stand at the end, and what they say together; also written as `results.json`.
 * @throws UserError when another process is at work on the study, or a plan cannot be made.
 */
export async function runStudy(study: Study, options: StudyOptions): Promise<{ jobs: Job[]; results: StudyResults }> {
  const folder = studyFolder(options.runs, study);
  Deno.mkdirSync(folder, { recursive: true });
  const release = lockRun(folder);
  const { say = () => {}, signal, atOnce = 1, devices = [], start = runTaskProcess } = options;
  const failures: Failures = {};
  const note = () => writeAtomic(`${folder}/failures.json`, JSON.stringify(failures, null, 2) + "\n");
  try {
    const jobs = openStudy(study, options);
    for (const { name, error, state } of jobs) if (state === "failed") failures[name] = error!;
    note();
    const open = jobs.filter(({ state }) => !["finished", "failed", "running"].includes(state));
    let done = 0;

    /** Runs the tasks of a job one after another, each once. */
    const work = async (name: string, tasks: (() => [string, ...string[]] | undefined)[], device?: string) => {
      const began = performance.now();
      for (const task of tasks) {
        const args = task();
        if (!args) continue;
        const log = `${folder}/logs/${name.replaceAll(/[^\w.-]+/g, "-")}.log`;
        const outcome = await start(
          device && args[0] !== "inspect" ? [...args, "--device", device] : args,
          log,
          signal,
        );
        if (outcome === "interrupted") return outcome;
        if (outcome === "done") continue;
        failures[name] = outcome.error;
        note();
        say(`${name} failed: ${outcome.error} (all of it: ${log})`);
        return outcome;
      }
      const minutes = ((performance.now() - began) / 60_000).toFixed(1);
      say(`${name}: done in ${minutes} min`);
      return "done" as const;
    };

    /** Several at a time; each place has a device of its own. */
    const workOff = <T>(list: T[], work: (item: T, device?: string) => Promise<void>) =>
      pool(list, Math.max(1, atOnce), async (item, place) => {
        if (!signal?.aborted) await work(item, devices[place % Math.max(1, devices.length)]);
      });

    // What several runs share comes first, each once.
    const broken: Failures = {};
    await workOff(sharedTasks(open, options), async ({ name, task }, device) => {
      const outcome = await work(name, [() => task], device);
      if (typeof outcome === "object") broken[name] = outcome.error;
    });
    if (Object.keys(broken).length > 0 && !signal?.aborted) {
      const [name, error] = Object.entries(broken)[0]!;
      fail(`The study cannot go on without its ${name}: ${error}`);
    }

    await workOff(open, async (job, device) => {
      const here = () => openStudy(study, { ...options, retry: true }).find(({ name }) => name === job.name)!;
      await work(job.name, [
        () => trainTask(study, job),
        () => judgeTask(here(), options),
        () => ["inspect", here().run!.folder],
      ], device);
      if (!signal?.aborted) say(`${++done} of ${open.length} runs`);
    });
    const end = openStudy(study, options);
    const results = studyResults(study, end);
    writeAtomic(`${folder}/results.json`, JSON.stringify(results, null, 2) + "\n");
    return { jobs: end, results };
  } finally {
    release();
  }
}

/** Text encoders, judges and classifiers that are missing for what is to be done. */
function sharedTasks(open: Job[], options: StudyOptions): { name: string; task: [string, ...string[]] }[] {
  const records = readRuns([options.runs]).filter(({ folder }) => hasBest(folder));
  const tasks = new Map<string, { name: string; task: [string, ...string[]] }>();
  for (const { config, set, state } of open) {
    const of = (seed: number) => digestJson([config.text, config.data.name, config.data.words, config.precision, seed]);
    const text = [`--preset`, config.preset, ...set.filter((setting) => /^(text|data|precision)\b/.test(setting))];
    const add = (key: string, name: string, task: string, args: string[]) =>
      tasks.set(key, { name, task: [task, "--quiet", ...args] });
    if (state === "to train" && findEncoders(config, records).length === 0) {
      add(of(config.seed), `text encoder seed ${config.seed}`, "damsm", [...text, `seed=${config.seed}`]);
    }
    if (findJudges(config, records).length === 0) {
      add(of(judgeSeed), "judging text encoder", "damsm", [...text, `seed=${judgeSeed}`, "--name", judgeLabel(config)]);
    }
    if (!findClassifierRun(config.data.name, records)) {
      add(config.data.name, `classifier of ${config.data.name}`, "classifier", [
        "--preset",
        config.preset,
        `data.name=${config.data.name}`,
      ]);
    }
  }
  return [...tasks.values()];
}

const judgeLabel = ({ preset, data }: Config) => `judge-damsm-${preset}-${data.name}`;

function trainTask(study: Study, job: Job): [string, ...string[]] | undefined {
  if (job.state === "to judge") return undefined;
  if (job.state === "to go on") return ["resume", job.run!.folder, "--quiet"];
  const label = `${study.name}-${job.row.label}-seed${job.seed}`.replaceAll(/[^\w.-]+/g, "-");
  return ["train", "--quiet", "--preset", study.preset, "--name", label, ...job.set];
}

function judgeTask({ config, run }: Job, options: StudyOptions): [string, ...string[]] {
  const records = readRuns([options.runs]);
  const judge = findJudges(config, records).at(-1)!;
  const classifier = findClassifierRun(config.data.name, records);
  return [
    "evaluate",
    run!.folder,
    "--quiet",
    "--encoder",
    judge.folder,
    ...(classifier ? ["--classifier", classifier.folder] : []),
    ...options.judging ?? [],
  ];
}
