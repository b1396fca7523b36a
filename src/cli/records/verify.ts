/**
 * `deno task verify [RUN…]`: checks run folders without training: whether they are complete, and whether every number in
 * them comes from the checkpoint that it names.
 */
import { UserError } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { figures } from "../../figures/mod.ts";
import { readPaper } from "../../figures/paper.ts";
import { verifyFigures } from "../../figures/verify.ts";
import { runsRoot } from "../../records/folder.ts";
import { findRunOrReference, readRuns, referenceRoot } from "../../records/read.ts";
import type { Check } from "../../reproduction/verify/checks.ts";
import { runsToVerify, verifyRun } from "../../reproduction/verify/run.ts";
import { parseOptions, unknownOption } from "../common/options.ts";
import { shownPath } from "../common/paths.ts";
import { runTask } from "../common/run_task.ts";
import { table } from "../common/table.ts";

const usage = `Usage: deno task verify [RUN…] [options]

Checks without training that run folders are complete and that every number comes from the checkpoint that it names.
Exits with 1 if anything is missing or wrong.

  RUN    folder, name or number of a run, or name of a record in runs/reference
         (default: all of runs/reference and of runs, and the figures)
  --all  show passed checks as well (default: only for runs that are named)

Example: deno task verify 2`;

async function main(args: string[]): Promise<void> {
  const { _: names, all } = parseOptions(args, {
    string: ["_"],
    boolean: ["all"],
    unknown: unknownOption(["all"]),
  });
  const named = names.length > 0;
  const folders = named
    ? names.map((name) => findRunOrReference(String(name)))
    : runsToVerify([referenceRoot, runsRoot()]);
  if (folders.length === 0) return console.log("there are no runs to verify yet; deno task train starts one");
  let bad = 0;
  const report = (name: string, rows: Check[]) => {
    const found = rows.filter(({ result }) => result !== "ok");
    bad += found.length;
    console.log(`${name}: ${counted(rows.length, "check")}, ${summary(rows)}`);
    const listed = all || named ? rows : found;
    if (listed.length > 0) console.log(checkTable(listed));
  };
  for (const folder of folders) report(shownPath(folder), await verifyRun(folder));
  const ofFigures = named ? [] : await checkFigures(bad === 0);
  if (ofFigures.length > 0) report("figures", ofFigures);
  if (!named) {
    const end = bad === 0 ? "all ok" : `${counted(bad, "check")} not ok`;
    console.log(`${counted(folders.length, "run")} and the figures: ${end}`);
  }
  if (bad > 0) Deno.exitCode = 1;
}

/** Compares the figures with the records that they may be made from. Damaged records cannot be read. */
async function checkFigures(readable: boolean): Promise<Check[]> {
  const paper = readPaper();
  const read = (roots: string[]) => {
    try {
      return readRuns(roots);
    } catch (error) {
      if (readable || !(error instanceof UserError)) throw error;
      return []; // reported above
    }
  };
  return await verifyFigures(`${projectRoot}/figures`, figures, {
    "runs/reference": { runs: read([referenceRoot]), paper },
    "runs/reference and runs": { runs: read([referenceRoot, runsRoot()]), paper },
    "runs": { runs: read([runsRoot()]), paper },
  });
}

function summary(rows: Check[]): string {
  const count = (result: Check["result"]) => rows.filter((row) => row.result === result).length;
  const parts = (["missing", "wrong"] as const).filter((result) => count(result) > 0)
    .map((result) => `${count(result)} ${result}`);
  return parts.join(", ") || "all ok";
}

function checkTable(rows: Check[]): string {
  return table(
    ["", "file", "what", "found"],
    rows.map(({ result, file, what, detail }) => [result, file, what, detail]),
    { dense: true },
  );
}

if (import.meta.main) await runTask(main, usage);
