/**
 * Runs a study: first what its runs share (text encoders, evaluators), then each job that is not finished: train,
 * evaluate on test, inspect. All results are in the run folders, so a study that was stopped continues where it was,
 * and nothing is done twice.
 */
import { digestJson, exists, readJson, writeAtomic } from "../base/files.ts";
import type { Config } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { pool } from "../base/concurrency.ts";
import { counted } from "../base/text.ts";
import { hasBest, readRuns } from "../records/read.ts";
import { lockRun } from "../records/status.ts";
import { evaluatorSeed, findClassifierRun, findEncoders, findTextEvaluators } from "./evaluators.ts";
import { type Job, planStudy } from "./plan.ts";
import { type StudyResults, studyResults } from "./results.ts";
import type { Study } from "./study.ts";
import { type Outcome, runTaskProcess, type Task } from "./tasks.ts";

/** Settings of {@link runStudy}. */
export interface StudyOptions {
  /** Folder of all runs; the study's own folder is `studies/NAME` in it. */
  runs: string;
  /** Folder of all data sets. */
  data: string;
  /** Further folders whose runs count, e.g. the reference. */
  records?: string[] | undefined;
  /** Overrides of every run, e.g. `train.steps=100`. */
  set?: string[] | undefined;
  /** Number of jobs that run at the same time. Default: 1. */
  concurrency?: number | undefined;
  /** Devices that concurrent jobs are distributed over, e.g. `["cuda:0", "cuda:1"]`. Default: the configuration's. */
  devices?: string[] | undefined;
  /** Whether failed jobs are tried again. */
  retry?: boolean | undefined;
  /** Further arguments of `deno task evaluate` for every run. */
  evaluation?: string[] | undefined;
  /** When aborted, running tasks save their state and end, and no other task is started. */
  signal?: AbortSignal | undefined;
  say?: ((text: string) => void) | undefined;
  /** Starts a task. Default: {@link runTaskProcess}. */
  start?: ((task: Task, log: string, signal?: AbortSignal) => Promise<Outcome>) | undefined;
}

/** Errors by job name; the content of `failures.json`. */
type Failures = Record<string, string>;

/** The folder of a study's results, errors and logs. */
export const studyFolder = (runs: string, study: Study): string => `${runs}/studies/${study.name}`;

/** Plans a study from the run folders and the errors of earlier attempts. @throws UserError as {@link planStudy}. */
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
 * Runs all jobs of a study that are not finished. A job that fails does not stop the others; its error is in the plan.
 *
 * @returns the jobs in their final states and the study's results; the results are also written as `results.json`.
 * @throws UserError when another process runs the study, the study cannot be planned, or a shared network (text
 * encoder, evaluator or classifier) cannot be trained.
 */
export async function runStudy(study: Study, options: StudyOptions): Promise<{ jobs: Job[]; results: StudyResults }> {
  const folder = studyFolder(options.runs, study);
  Deno.mkdirSync(folder, { recursive: true });
  const release = lockRun(folder);
  const { say = () => {}, signal, concurrency = 1, devices = [], start = runTaskProcess } = options;
  const failures: Failures = {};
  const writeFailures = () => writeAtomic(`${folder}/failures.json`, JSON.stringify(failures, null, 2) + "\n");
  try {
    const jobs = openStudy(study, options);
    for (const { name, error, state } of jobs) if (state === "failed") failures[name] = error!;
    writeFailures();
    const open = jobs.filter(({ state }) => !["finished", "failed", "running"].includes(state));
    let done = 0;

    /** Runs the tasks of a job in order; a task that is undefined is not needed. */
    const runTasks = async (name: string, tasks: (() => Task | undefined)[], device?: string) => {
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
        writeFailures();
        say(`${name} failed: ${outcome.error} (full log: ${log})`);
        return outcome;
      }
      const minutes = ((performance.now() - began) / 60_000).toFixed(1);
      say(`${name}: done in ${minutes} min`);
      return "done" as const;
    };

    /** Handles all items, `concurrency` at a time, each of these slots with a device of its own. */
    const forEach = <T>(items: T[], handle: (item: T, device?: string) => Promise<void>) =>
      pool(items, Math.max(1, concurrency), async (item, slot) => {
        if (!signal?.aborted) await handle(item, devices[slot % Math.max(1, devices.length)]);
      });

    // Networks that several runs share come first, each once.
    const broken: Failures = {};
    await forEach(sharedTasks(open, options), async ({ name, task }, device) => {
      const outcome = await runTasks(name, [() => task], device);
      if (typeof outcome === "object") broken[name] = outcome.error;
    });
    if (Object.keys(broken).length > 0 && !signal?.aborted) {
      const [name, error] = Object.entries(broken)[0]!;
      fail(`The study cannot continue without its ${name}: ${error}`);
    }

    await forEach(open, async (job, device) => {
      const current = () => openStudy(study, { ...options, retry: true }).find(({ name }) => name === job.name)!;
      await runTasks(job.name, [
        () => trainTask(study, job),
        () => evaluateTask(current(), options),
        () => ["inspect", current().run!.folder],
      ], device);
      if (!signal?.aborted) say(`${++done} of ${counted(open.length, "run")}`);
    });
    const end = openStudy(study, options);
    const results = studyResults(study, end);
    writeAtomic(`${folder}/results.json`, JSON.stringify(results, null, 2) + "\n");
    return { jobs: end, results };
  } finally {
    release();
  }
}

/** The tasks that train the missing text encoders, evaluators and classifiers of the open jobs, each once. */
function sharedTasks(open: Job[], options: StudyOptions): { name: string; task: Task }[] {
  const records = readRuns([options.runs]).filter(({ folder }) => hasBest(folder));
  const tasks = new Map<string, { name: string; task: Task }>();
  for (const { config, set, state } of open) {
    const encoder = (seed: number) =>
      digestJson([config.text, config.data.name, config.data.words, config.precision, seed]);
    const text = [`--preset`, config.preset, ...set.filter((setting) => /^(text|data|precision)\b/.test(setting))];
    const add = (key: string, name: string, task: string, args: string[]) =>
      tasks.set(key, { name, task: [task, "--quiet", ...args] });
    if (state === "to train" && findEncoders(config, records).length === 0) {
      add(encoder(config.seed), `text encoder seed ${config.seed}`, "damsm", [...text, `seed=${config.seed}`]);
    }
    if (findTextEvaluators(config, records).length === 0) {
      const args = [...text, `seed=${evaluatorSeed}`, "--name", evaluatorLabel(config)];
      add(encoder(evaluatorSeed), "evaluating text encoder", "damsm", args);
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

/** Name of the evaluating encoder's run, as in `runs/reference`. */
const evaluatorLabel = ({ preset, data }: Config) => `judge-damsm-${preset}-${data.name}`;

function trainTask(study: Study, job: Job): Task | undefined {
  if (job.state === "to evaluate") return undefined;
  if (job.state === "to resume") return ["resume", job.run!.folder, "--quiet"];
  const label = `${study.name}-${job.row.label}-seed${job.seed}`.replaceAll(/[^\w.-]+/g, "-");
  return ["train", "--quiet", "--preset", study.preset, "--name", label, ...job.set];
}

function evaluateTask({ config, run }: Job, options: StudyOptions): Task {
  const records = readRuns([options.runs]);
  const evaluator = findTextEvaluators(config, records).at(-1)!;
  const classifier = findClassifierRun(config.data.name, records);
  return [
    "evaluate",
    run!.folder,
    "--quiet",
    "--encoder",
    evaluator.folder,
    ...(classifier ? ["--classifier", classifier.folder] : []),
    ...options.evaluation ?? [],
  ];
}
