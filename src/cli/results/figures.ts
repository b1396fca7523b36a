/**
 * `deno task figures [NAME…] [options]`: makes tables and figures from recorded runs, without training, checkpoints or an
 * engine.
 */
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import { type Made, makeFigures } from "../../figures/make.ts";
import { figureByName, figures } from "../../figures/mod.ts";
import { readPaper } from "../../figures/paper.ts";
import { listRuns } from "../../records/folder.ts";
import { readRuns, referenceRoot } from "../../records/read.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { fullPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task figures [NAME …] [options]

Makes tables and figures from recorded runs, without training.

  NAME        a figure or table, e.g. table-2 (default: all; those whose runs are missing are skipped)
  --runs DIR  a further folder of runs; repeatable; "--runs runs" adds your own (default: runs/reference alone)
  --out DIR   where the files are written (default: figures)
  --list      show all names and the runs that each needs

Example: deno task figures table-2 --runs runs`;

async function main(args: string[]): Promise<void> {
  const { _: names, runs, out, list } = parseOptions(args, {
    string: ["runs", "out", "_"],
    boolean: ["list"],
    collect: ["runs"],
    default: { out: `${projectRoot}/figures` },
    unknown: unknownOption(["runs", "out", "list"]),
  });
  if (list) {
    console.log(table(["name", "content", "made from"], figures.map((f) => [f.name, f.title, f.sources])));
    return;
  }
  const chosen = names.map(String).map(figureByName);
  for (const folder of runs) checkFolder(folder);
  const input = { runs: readRuns([referenceRoot, ...runs]), paper: readPaper() };
  const made = await makeFigures(chosen.length > 0 ? chosen : figures, input, {
    out,
    skip: chosen.length === 0,
    onMade: (made) => console.log(lineOf(made)),
  });
  const written = made.filter((one) => "files" in one).length;
  console.log(`${written} of ${made.length} figures from ${input.runs.length} runs, in ${fullPath(out)}`);
  const failed = made.filter((one) => "failed" in one).map(({ name }) => name);
  if (failed.length > 0) fail(`Failed: ${failed.join(", ")}; the reasons are listed above.`);
}

function lineOf(made: Made): string {
  if ("files" in made) return `${made.name}: ${made.files.join(", ")}`;
  return "skipped" in made ? `${made.name} skipped: ${made.skipped}` : `${made.name} failed: ${made.failed}`;
}

/** @throws UserError when a folder of runs is missing or empty. */
function checkFolder(folder: string): void {
  if (isFolder(folder) && listRuns(folder).length > 0) return;
  fail(
    `There are no runs in "${folder}"; --runs takes a folder such as runs, where deno task train writes NNNN-name.`,
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

if (import.meta.main) await runTask(main, usage);
