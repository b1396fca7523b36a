/**
 * `deno task notebooks [NAME …] [options]`: executes notebooks without a browser, each in its own kernel, and stops at the
 * first cell that fails.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, writeAtomic } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { ensureEngine } from "../common/engine.ts";
import { parseOptions, unknownOption, wholeNumber } from "../common/options.ts";
import { fullPath, recordedPaths } from "../common/paths.ts";
import { duration } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { quick } from "../notebook/parameters.ts";
import { cleanNotebook, formatted } from "./clean.ts";
import { ensureJupyter } from "./environment.ts";
import { executeNotebook } from "./execute.ts";
import { chooseNotebooks, notebookFolder as folder, notebookNames, readValues } from "./select.ts";

const saved = join(projectRoot, "figures/notebooks");

const usage = `Usage: deno task notebooks [NAME …] [options]

Executes the notebooks of notebooks/ in order. With STORYLOOM_QUICK=1 in the environment, each uses its small values.

  NAME              name or number of a notebook, e.g. 04_training or 4 (default: all)
  --set KEY=VALUE   a parameter of the notebook or a config key, e.g. --set train.steps=50; repeatable
  --save            write executed copies as HTML to figures/notebooks/
  --clean           only format the stored notebooks and remove outputs; execute nothing
  --timeout S       seconds that one cell may take (default: 600)

Example: deno task notebooks 04_training --set train.steps=50`;

/** Markdown for the top of a saved copy: the values that it was executed with. */
function heading(name: string, values: Record<string, unknown>): string {
  const set = Object.entries(values).map(([key, value]) => `\`${key}=${JSON.stringify(value)}\``);
  return `*${name}, executed by* \`deno task notebooks\`, ${
    quick ? "small values (`STORYLOOM_QUICK=1`)" : "full values"
  }` +
    `${set.length > 0 ? `, set: ${set.join(", ")}` : ""}. *Every value used is printed below.*`;
}

async function clean(name: string): Promise<void> {
  const path = join(folder, `${name}.ipynb`);
  const text = readFileSync(path, "utf8");
  const cleaned = await formatted(cleanNotebook(text), "ipynb");
  if (cleaned !== text) writeAtomic(path, cleaned);
}

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args, {
    string: ["set", "timeout", "_"],
    boolean: ["save", "clean"],
    collect: ["set"],
    unknown: unknownOption(["set", "save", "clean", "timeout"]),
  });
  const timeout = wholeNumber("timeout", options.timeout, 1) ?? 600;
  const names = chooseNotebooks(options._.map(String), notebookNames());
  if (options.clean) {
    for (const name of names) await clean(name);
    return;
  }
  const values = readValues(recordedPaths(options.set));
  await ensureEngine("auto");
  const jupyter = await ensureJupyter(console.error);
  if (options.save) mkdirSync(saved, { recursive: true });
  const start = performance.now();
  for (const [passed, name] of names.entries()) {
    const html = options.save ? join(saved, `${name}.html`) : undefined;
    const request = { notebook: join(folder, `${name}.ipynb`), folder, timeout, html, heading: heading(name, values) };
    const outcome = await executeNotebook(jupyter, request, values);
    if (outcome.name) {
      console.error(`${name}, cell ${outcome.cell}: ${outcome.name}: ${outcome.message}`);
      console.log(`FAILED | ${passed} passed | 1 failed`);
      Deno.exit(1);
    }
    const copy = html ? `, saved as ${fullPath(html)}` : "";
    console.log(`${name}: ${counted(outcome.cells, "cell")} in ${duration(outcome.seconds)}${copy}`);
  }
  console.log(`ok | ${names.length} passed | 0 failed (${duration((performance.now() - start) / 1000)})`);
}

if (import.meta.main) await runTask(main, usage);
