/**
 * `deno task figures [NAME…] [options]`: makes tables and figures from recorded runs, without training, checkpoints or an
 * engine.
 */
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { type Made, makeFigures } from "../../figures/make.ts";
import { leftInWords } from "../../figures/left_out.ts";
import { figureByName, figures } from "../../figures/mod.ts";
import { readPaper } from "../../figures/paper.ts";
import { listRuns } from "../../records/folder.ts";
import { readRuns, referenceRoot } from "../../records/read.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { fullPath, shownPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task figures [NAME …] [options]

Makes tables and figures from recorded runs, without training.

  NAME        a figure or table, e.g. table-2 (default: all; those whose runs are missing are skipped)
  --runs DIR  a further folder of runs; repeatable; "--runs runs" adds your own (default: runs/reference alone)
  --only      leave out runs/reference: your runs alone, in the folders that --runs names
  --out DIR   where the files are written (default: figures)
  --list      show all names and the runs that each needs

Below each figure stand the runs that it leaves out, with the reason.

Example: deno task figures training-curves --runs runs --only --out my-figures`;

async function main(args: string[]): Promise<void> {
  const { _: names, runs, out, list, only } = parseOptions(args, {
    string: ["runs", "out", "_"],
    boolean: ["list", "only"],
    collect: ["runs"],
    default: { out: `${projectRoot}/figures` },
    unknown: unknownOption(["runs", "out", "list", "only"]),
  });
  if (list) {
    console.log(table(["name", "content", "made from"], figures.map((f) => [f.name, f.title, f.sources])));
    return;
  }
  const chosen = names.map(String).map(figureByName);
  for (const folder of runs) checkFolder(folder);
  if (only && runs.length === 0) {
    fail("--only leaves runs/reference out, so it needs a folder of runs: deno task figures --only --runs runs.");
  }
  const input = { runs: readRuns([...(only ? [] : [referenceRoot]), ...runs]), paper: readPaper() };
  const made = await makeFigures(chosen.length > 0 ? chosen : figures, input, {
    out,
    skip: chosen.length === 0,
    onMade: (made) => console.log(linesOf(made).join("\n")),
  });
  const written = made.filter((one) => "files" in one).length;
  console.log(
    `${written} of ${counted(made.length, "figure")} from ${counted(input.runs.length, "run")}, in ${fullPath(out)}`,
  );
  const failed = made.filter((one) => "failed" in one).map(({ name }) => name);
  if (failed.length > 0) fail(`Failed: ${failed.join(", ")}; the reasons are listed above.`);
}

/** The files of a figure, and the runs that it leaves out by reason; or why there is none. */
function linesOf(made: Made): string[] {
  if ("skipped" in made) return [`${made.name} skipped: ${made.skipped}`];
  if ("failed" in made) return [`${made.name} failed: ${made.failed}`];
  // A user's own runs are all named; of the many committed ones, some.
  const committed = made.left.filter(({ run }) => run.folder.startsWith(`${referenceRoot}/`));
  const own = made.left.filter((one) => !committed.includes(one));
  const left = [
    ...leftInWords(own, ({ folder }) => shownPath(folder)),
    ...leftInWords(committed, ({ name }) => name, 4),
  ];
  return [`${made.name}: ${made.files.join(", ")}`, ...left.map((text) => `  left out, ${text}`)];
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
