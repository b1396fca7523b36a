/**
 * `deno task reference`: makes the committed records of `runs/reference` anew from the committed code, or takes them from
 * finished runs (`--from DIR [RUN…]`).
 */
import { parseArgs } from "@std/cli";
import { fail } from "../../base/errors.ts";
import { projectRoot, reason } from "../../base/files.ts";
import { presentCode } from "../../records/code.ts";
import { readRuns, referenceRoot } from "../../records/read.ts";
import { copyRecord, recordsToCopy, removeReplaced } from "../../reproduction/reference.ts";
import { exists } from "../../records/checkpoints.ts";
import { runTaskProcess } from "../../study/tasks.ts";
import { shownPath, unknownOption } from "../common/options.ts";
import { runTask } from "../common/run_task.ts";
import { interruptedCode, terminalWatcher, withInterrupt } from "../common/watch.ts";

/** Where the runs are made, apart from the user's own, so that they have the numbers of the records. */
const workshop = `${projectRoot}/runs/remake`;

const usage = `Usage: deno task reference
       deno task reference --from DIR [RUN…]

Makes the records of runs/reference anew: text encoder, model and classifier of preset tiny on clipart, judged on test and
inspected, and the ablation study; hours on two CPU cores. Runs are made in ${shownPath(workshop)}, and those that are
finished there are not made again. Refuses while there are uncommitted changes.

  --from DIR  take finished runs of a folder instead of training; each must come from a commit's clean sources
  RUN         some of them, by name or number (default: all)`;

/** A task that the reference consists of, and whether what it leaves is there. */
interface Step {
  task: [string, ...string[]];
  done: boolean;
}

/** In the order of the records' numbers; the ablation then finds model, encoder and classifier made. */
function steps(): Step[] {
  const runs = readRuns([workshop]);
  const ofKind = (kind: string) => runs.filter((run) => run.kind === kind);
  const model = ofKind("gan")[0]?.folder ?? "";
  /** The first of a kind, made or gone on with. */
  const first = (kind: string, make: Step["task"]): Step => {
    const [run] = ofKind(kind);
    const task: Step["task"] = run ? ["resume", run.folder, "--quiet"] : make;
    return { task, done: run?.status.state === "finished" };
  };
  return [
    first("gan", ["train", "--quiet", "--preset", "tiny"]), // with its text encoder, which it goes on with by itself
    first("classifier", ["classifier", "--quiet", "--data", "clipart"]),
    { task: ["evaluate", model, "--quiet"], done: exists(`${model}/metrics.json`) },
    { task: ["inspect", model], done: exists(`${model}/inspection/stories.json`) },
    { task: ["study", "ablation", "--retrain"], done: false }, // it knows by itself what is left
  ];
}

async function main(args: string[]): Promise<void> {
  const { _: names, from } = parseArgs(args, { string: ["from", "_"], unknown: unknownOption(["from"]) });
  if (from !== undefined) return await copyAll(from, names.map(String));
  if (names.length > 0) fail(`Cannot read "${names[0]}": runs are named only with --from DIR.`);
  const { commit, diff } = presentCode();
  if (commit === null) fail("The records must name a commit, and this folder is no git repository with one.");
  if (diff !== "") {
    fail("There are uncommitted changes; commit them, for the records must come from a commit's sources.");
  }
  Deno.env.set("STORYLOOM_RUNS", workshop); // for the tasks below
  const watcher = terminalWatcher(false);
  const made = await withInterrupt(watcher, async (signal) => {
    for (let i = 0; i < steps().length; i++) {
      const { task, done } = steps()[i]!; // anew, for what a task made tells where the next works
      if (done) continue;
      console.log(`deno task ${task.join(" ")}`);
      const outcome = await runTaskProcess(task, `${workshop}/logs/${i + 1}-${task[0]}.log`, signal);
      if (outcome === "interrupted") return false;
      if (typeof outcome === "object") fail(`deno task ${task.join(" ")} failed: ${outcome.error}`);
    }
    return true;
  });
  if (!made) {
    console.log("stopped; the same command goes on with what is left");
    Deno.exitCode = interruptedCode;
    return;
  }
  await copyAll(workshop, []);
}

async function copyAll(from: string, names: string[]): Promise<void> {
  try {
    Deno.mkdirSync(referenceRoot, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${referenceRoot}": ${reason(error)}.`, error);
  }
  const runs = recordsToCopy(from, names);
  let bytes = 0;
  for (const { name, folder } of runs) {
    const { files } = await copyRecord(folder, `${referenceRoot}/${name}`);
    const size = Object.keys(files).reduce(
      (sum, path) => sum + Deno.statSync(`${referenceRoot}/${name}/${path}`).size,
      0,
    );
    bytes += size;
    console.log(`${name}: ${Object.keys(files).length} files, ${megabytes(size)}`);
  }
  for (const { name, by } of removeReplaced(referenceRoot, runs.map(({ name }) => name))) {
    console.log(`${name}: removed, for ${by} is the same work`);
  }
  console.log(
    `${runs.length} records in ${shownPath(referenceRoot)}, ${megabytes(bytes)}; look at them with deno task verify`,
  );
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

if (import.meta.main) await runTask(main, usage);
