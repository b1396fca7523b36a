/**
 * `deno task reference`: makes the committed records of `runs/reference` again from the committed code, or copies them
 * from finished runs (`--from DIR [RUN…]`).
 */
import { fail } from "../../base/errors.ts";
import { exists, projectRoot, reason } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { presentCode } from "../../records/code.ts";
import { readRuns, referenceRoot } from "../../records/read.ts";
import { copyRecord, recordsToCopy, removeReplaced } from "../../reproduction/reference.ts";
import { runTaskProcess } from "../../study/tasks.ts";
import { interruptedCode, withInterrupt } from "../common/interrupt.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { fullPath, shownPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { terminalWatcher } from "../common/terminal_watcher.ts";

/** A folder of its own for the runs, so that they get the same numbers as the records. */
const workshop = `${projectRoot}/runs/remake`;

const usage = `Usage: deno task reference
       deno task reference --from DIR [RUN…]

Makes the records of runs/reference again: text encoder, model and classifier of preset tiny on clipart, evaluated on test
and inspected, and the ablation study; hours on two CPU cores. Trains in ${shownPath(workshop)} and skips runs that are
finished there. Needs a checkout without uncommitted changes.

  --from DIR  copy the finished runs of a folder instead; each must come from a commit without changes
  RUN         only these runs of DIR, by name or number (default: all)

Example: deno task reference --from runs 2`;

/** One task of the whole, and whether its results are there. */
interface Step {
  task: [string, ...string[]];
  done: boolean;
}

/** In the order of the records' numbers; the ablation then uses the model, encoder and classifier made before it. */
function steps(): Step[] {
  const runs = readRuns([workshop]);
  const ofKind = (kind: string) => runs.filter((run) => run.kind === kind);
  const model = ofKind("gan")[0]?.folder ?? "";
  /** The first run of a kind: started, or resumed. */
  const first = (kind: string, make: Step["task"]): Step => {
    const [run] = ofKind(kind);
    const task: Step["task"] = run ? ["resume", run.folder, "--quiet"] : make;
    return { task, done: run?.status.state === "finished" };
  };
  return [
    first("gan", ["train", "--quiet", "--preset", "tiny"]), // with its text encoder, which it resumes if needed
    first("classifier", ["classifier", "--quiet", "--data", "clipart"]),
    { task: ["evaluate", model, "--quiet"], done: exists(`${model}/metrics.json`) },
    { task: ["inspect", model], done: exists(`${model}/inspection/stories.json`) },
    { task: ["study", "ablation", "--retrain"], done: false }, // it skips finished runs
  ];
}

async function main(args: string[]): Promise<void> {
  const { _: names, from } = parseOptions(args, { string: ["from", "_"], unknown: unknownOption(["from"]) });
  if (from !== undefined) return await copyAll(from, names.map(String));
  if (names.length > 0) fail(`Cannot read "${names[0]}": runs are named only with --from DIR.`);
  const { commit, diff } = presentCode();
  if (commit === null) {
    fail("The records must name a commit, and this folder has none: run the task in a git checkout.");
  }
  if (diff !== "") {
    fail("There are uncommitted changes; commit them first: the records must come from the sources of a commit.");
  }
  Deno.env.set("STORYLOOM_RUNS", workshop); // for the tasks below
  const watcher = terminalWatcher(false);
  const made = await withInterrupt(watcher, async (signal) => {
    for (let i = 0; i < steps().length; i++) {
      const { task, done } = steps()[i]!; // listed again: the next step depends on the runs made so far
      if (done) continue;
      console.log(`deno task ${task.join(" ")}`);
      const outcome = await runTaskProcess(task, `${workshop}/logs/${i + 1}-${task[0]}.log`, signal);
      if (outcome === "interrupted") return false;
      if (typeof outcome === "object") fail(`deno task ${task.join(" ")} failed: ${outcome.error}`);
    }
    return true;
  });
  if (!made) {
    console.log("stopped; the same command continues");
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
    console.log(`${name}: ${counted(Object.keys(files).length, "file")}, ${megabytes(size)}`);
  }
  for (const { name, by } of removeReplaced(referenceRoot, runs.map(({ name }) => name))) {
    console.log(`${name}: removed, ${by} is the same run`);
  }
  console.log(
    `${runs.length} records in ${fullPath(referenceRoot)}, ${megabytes(bytes)}; check them with deno task verify`,
  );
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

if (import.meta.main) await runTask(main, usage);
