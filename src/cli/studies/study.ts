/**
 * `deno task study NAME` or `deno task study --grid "model.db.g=both,none" --seeds 0,1,2`: runs a grid of settings × seeds
 * and prints its results; `deno task ablation` is the study of Table 2.
 */
import { type PresetName, presetNames } from "../../base/config.ts";
import type { Config } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { counted } from "../../base/text.ts";
import { dataRoot, runsRoot } from "../../records/folder.ts";
import { referenceRoot } from "../../records/read.ts";
import { gridStudy, readSeeds } from "../../study/grid.ts";
import type { Job } from "../../study/plan.ts";
import { openStudy, runStudy, studyFolder, type StudyOptions } from "../../study/run.ts";
import { prepareSets } from "../../study/sets.ts";
import { findStudy, studies, type Study } from "../../study/studies.ts";
import { ensureEngine } from "../common/engine.ts";
import { interruptedCode, withInterrupt } from "../common/interrupt.ts";
import { deviceOverride, parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath, recordedPaths } from "../common/paths.ts";
import { provideData } from "../common/provide_data.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";
import { terminalWatcher } from "../common/terminal_watcher.ts";
import { planTable, resultTables } from "./study_tables.ts";

const usage = `Usage: deno task study NAME [options]
       deno task study --grid "KEY=VALUE,VALUE" … [options]

Trains and evaluates every combination of settings and seeds, and prints mean, spread and differences. Finished runs are
not repeated. Without a name, lists the studies.

  NAME              ${Object.keys(studies).join(", ")}
  --grid AXIS       a config key and its values, e.g. "model.db.g=both,none"; repeatable, all combinations are run
  --seeds LIST      such as 0,1,2 or 0-4 (default: the study's, or 1,2,3)
  --preset NAME     ${presetNames.join(", ")} (default: the study's, or tiny)
  --name NAME       name of a grid (default: grid)
  --set KEY=VALUE   a setting of every run, e.g. --set train.steps=200; repeatable
  --plan            show the state of every run, and stop
  --at-once N       number of runs at the same time (default: 1)
  --devices LIST    devices that these runs use in turn, e.g. cuda:0,cuda:1 (default: the configuration's)
  --metrics LIST    metrics of every run, see deno task evaluate --help (default: all)
  --networks LIST   feature networks of every run, see deno task evaluate --help (default: those that are present)
  --retry           run failed runs again
  --retrain         do not use the records of runs/reference; make all runs here

Example: deno task study --grid "model.db.tau=0.25,0.5,1" --seeds 1,2 --plan`;

const texts = ["seeds", "preset", "name", "at-once", "devices", "metrics", "networks"] as const;

async function main(args: string[]): Promise<void> {
  const given = parseOptions(args, {
    string: [...texts, "grid", "set", "_"] as const,
    boolean: ["plan", "retry", "retrain"],
    collect: ["grid", "set"],
    unknown: unknownOption([...texts, "grid", "set", "plan", "retry", "retrain"]),
  });
  const [name, extra] = given._.map(String);
  if (extra !== undefined) fail(`Cannot read "${extra}": one study, then options.`);
  const axes = given.grid as string[];
  if (name === undefined && axes.length === 0) return listStudies();
  const study = chooseStudy(name, axes, given);
  const devices = given.devices?.split(",");
  for (const device of devices ?? []) deviceOverride(device);
  const options: StudyOptions = {
    runs: runsRoot(),
    data: dataRoot(),
    records: given.retrain ? [] : [referenceRoot],
    set: recordedPaths(given.set as string[]),
    concurrency: wholeNumber("at-once", given["at-once"], 1),
    devices,
    retry: given.retry,
    evaluation: (["metrics", "networks"] as const).flatMap((key) =>
      given[key] === undefined ? [] : [`--${key}`, given[key]]
    ),
  };
  console.log(
    `${study.title}: ${counted(study.rows.length, "row")} × ${
      counted(study.seeds.length, "seed")
    }, preset ${study.preset}`,
  );
  if (study.question) console.log(study.question);
  if (study.read) console.log(`Answered by: ${study.read}`);
  const jobs = openStudy(study, options);
  console.log(planTable(study, jobs));
  if (given.plan) return;
  if (!jobs.some(isOpen)) return report(study, options, await runStudy(study, options));
  await prepareAll(study, jobs);
  const watcher = terminalWatcher(false);
  await withInterrupt(watcher, async (signal) => {
    const end = await runStudy(study, { ...options, signal, say: (text) => console.log(text) });
    report(study, options, end);
    if (signal.aborted) Deno.exitCode = interruptedCode;
    else if (end.jobs.some(({ state }) => state !== "finished")) Deno.exitCode = 1;
  });
}

const isOpen = ({ state }: Job) => state !== "finished" && state !== "failed";

/** Prepares engines and data once, before the first run starts. */
async function prepareAll(study: Study, jobs: Job[]): Promise<void> {
  for (const engine of new Set(jobs.map(({ config }) => config.engine))) await ensureEngine(engine);
  const log = (text: string) => console.log(text);
  await prepareSets(study, { data: dataRoot(), say: log });
  const names = new Set(jobs.map(({ config }: { config: Config }) => config.data.name));
  for (const name of names) await provideData(name, log);
}

function chooseStudy(
  name: string | undefined,
  axes: string[],
  given: { seeds?: string | undefined; preset?: string | undefined; name?: string | undefined },
): Study {
  const seeds = given.seeds === undefined ? undefined : readSeeds(given.seeds);
  if (given.preset !== undefined && !(presetNames as readonly string[]).includes(given.preset)) {
    fail(`Unknown preset "${given.preset}"; the presets are ${presetNames.join(", ")}.`);
  }
  const preset = given.preset as PresetName | undefined;
  if (name === undefined) {
    const grid = gridStudy(axes, seeds ?? [1, 2, 3], preset ?? "tiny", given.name);
    return { ...grid, rows: grid.rows.map((row) => ({ ...row, set: recordedPaths(row.set) })) };
  }
  if (axes.length > 0) fail(`"${name}" has its own grid; leave out the name or --grid.`);
  const study = findStudy(name);
  return { ...study, ...(seeds ? { seeds } : {}), ...(preset ? { preset } : {}) };
}

function listStudies(): void {
  const rows = Object.values(studies).map((study) => [
    study.name,
    study.title,
    study.question,
    String(study.rows.length * study.seeds.length),
  ]);
  console.log(table(["study", "variable", "question", "runs"], rows));
}

function report(study: Study, { runs }: StudyOptions, { jobs, results }: Awaited<ReturnType<typeof runStudy>>): void {
  if (jobs.some(isOpen) || results.missing.length > 0) console.log(planTable(study, jobs));
  console.log(resultTables(study, results));
  for (const { name, state, error } of jobs) if (state === "failed") console.log(`${name} failed: ${error}`);
  if (jobs.some(({ state }) => state === "failed")) console.log("run the failed ones again with --retry");
  console.log(`results: ${fullPath(studyFolder(runs, study))}/results.json`);
}

if (import.meta.main) await runTask(main, usage);
