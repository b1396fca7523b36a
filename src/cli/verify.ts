/**
 * `deno task verify [RUN…]`: checks run folders without training: whether they are whole, and whether every number in
 * them comes from the checkpoint that it names.
 */
import { parseArgs } from "@std/cli";
import { findRun, runsRoot } from "../runs/folder.ts";
import { referenceRoot } from "../runs/records.ts";
import type { Check } from "../runs/verify/checks.ts";
import { runsToVerify, verifyRun } from "../runs/verify/run.ts";
import { shownPath, unknownOption } from "./options.ts";
import { runTask } from "./run_task.ts";
import { table } from "./table.ts";

const usage = `Usage: deno task verify [RUN…] [options]

  RUN       folder, name or number of a run (default: all of runs/reference and of runs)
  --all     show every check, also where all is well (default: only for runs that are named)

Exits with 1 if anything is missing or wrong.`;

async function main(args: string[]): Promise<void> {
  const { _: names, all } = parseArgs(args, {
    string: ["_"],
    boolean: ["all"],
    unknown: unknownOption(["all"]),
  });
  const named = names.length > 0;
  const folders = named ? names.map((name) => findRun(String(name))) : runsToVerify([referenceRoot, runsRoot()]);
  if (folders.length === 0) return console.log("there are no runs to verify yet; deno task train makes one");
  let bad = 0;
  for (const folder of folders) {
    const rows = await verifyRun(folder);
    const found = rows.filter(({ result }) => result !== "ok");
    bad += found.length;
    console.log(`${shownPath(folder)}: ${rows.length} checks, ${summary(rows)}`);
    const listed = all || named ? rows : found;
    if (listed.length > 0) console.log(checkTable(listed));
  }
  if (folders.length > 1) console.log(`${folders.length} runs, ${bad === 0 ? "all ok" : `not ok: ${bad} of all checks`}`);
  if (bad > 0) Deno.exitCode = 1;
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
