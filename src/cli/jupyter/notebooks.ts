/**
 * `deno task notebooks [NAME …] [--set KEY=VALUE …] [--save] [--clean] [--timeout SECONDS]`: executes notebooks without a browser,
 * each in a kernel of its own, and stops at the first cell that fails.
 */
import { parseArgs } from "@std/cli";
import { distance } from "fastest-levenshtein";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot, writeAtomic } from "../../base/files.ts";
import { cleanNotebook } from "./clean.ts";
import { ensureJupyter } from "./environment.ts";
import { executeNotebook } from "./execute.ts";
import { quick } from "../notebook/parameters.ts";
import { shownPath, unknownOption, wholeNumber } from "../common/options.ts";
import { duration } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";

const folder = join(projectRoot, "notebooks");
const saved = join(projectRoot, "figures/notebooks");

const usage = `Usage: deno task notebooks [NAME …] [options]

Executes the notebooks of notebooks/ in order, all of them or those named (04_training, or just 4).
  --set KEY=VALUE   a parameter of the notebook or a config key, e.g. --set train.steps=50; may be repeated
  --clean           take outputs out of the stored notebooks, as git has them, and execute nothing
  --save            write executed copies as HTML to figures/notebooks/
  --timeout S       seconds that one cell may take (default: 600)
  STORYLOOM_QUICK=1 in the environment takes each notebook's small values`;

/** The names of all notebooks, in order. */
export function notebookNames(): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".ipynb")).map((name) => name.slice(0, -6)).sort();
}

/**
 * The notebooks that are meant, in order; all where none is named.
 *
 * @throws UserError naming the nearest where there is none of a name.
 */
export function chooseNotebooks(wanted: string[], names: string[]): string[] {
  const chosen = wanted.map((given) => {
    const bare = given.replace(/^.*\//, "").replace(/\.ipynb$/, "");
    const numbered = /^\d+$/.test(bare) ? names.find((name) => Number(name.split("_")[0]) === Number(bare)) : undefined;
    const found = names.find((name) => name === bare) ?? numbered;
    if (found) return found;
    const far = (name: string) => Math.min(distance(bare, name), distance(bare, name.replace(/^\d+_/, "")));
    const nearest = names.reduce((a, b) => far(b) < far(a) ? b : a, names[0] ?? "none");
    fail(`There is no notebook "${given}"; the nearest is ${nearest}. All: ${names.join(", ")}.`);
  });
  return wanted.length === 0 ? names : names.filter((name) => chosen.includes(name));
}

/** The values of `--set` by key; a value is JSON where it parses as JSON and text elsewhere. */
export function readValues(set: string[]): Record<string, unknown> {
  return Object.fromEntries(set.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) fail(`Cannot read "--set ${text}": write --set key=value, e.g. --set train.steps=50.`);
    const value = text.slice(at + 1);
    try {
      return [text.slice(0, at), JSON.parse(value)];
    } catch {
      return [text.slice(0, at), value];
    }
  }));
}

/** The cell at the top of a saved copy: what it was executed with. */
function heading(name: string, values: Record<string, unknown>): string {
  const set = Object.entries(values).map(([key, value]) => `\`${key}=${JSON.stringify(value)}\``);
  return `*${name}, executed by* \`deno task notebooks\`, ${
    quick ? "small values (`STORYLOOM_QUICK=1`)" : "full values"
  }` +
    `${set.length > 0 ? `, set: ${set.join(", ")}` : ""}. *Every value used is printed below.*`;
}

function clean(name: string): void {
  const path = join(folder, `${name}.ipynb`);
  const text = readFileSync(path, "utf8");
  const cleaned = cleanNotebook(text);
  if (cleaned !== text) writeAtomic(path, cleaned);
}

async function main(args: string[]): Promise<void> {
  const options = parseArgs(args, {
    string: ["set", "timeout", "_"],
    boolean: ["save", "clean"],
    collect: ["set"],
    unknown: unknownOption(["set", "save", "clean", "timeout"]),
  });
  const timeout = wholeNumber("timeout", options.timeout, 1) ?? 600;
  const names = chooseNotebooks(options._.map(String), notebookNames());
  if (options.clean) return names.forEach(clean);
  const values = readValues(options.set);
  await ensureEngine("auto");
  const jupyter = await ensureJupyter(console.error);
  if (options.save) mkdirSync(saved, { recursive: true });
  const began = performance.now();
  for (const [passed, name] of names.entries()) {
    const html = options.save ? join(saved, `${name}.html`) : undefined;
    const request = { notebook: join(folder, `${name}.ipynb`), folder, timeout, html, heading: heading(name, values) };
    const outcome = await executeNotebook(jupyter, request, values);
    if (outcome.name) {
      console.error(`${name}, cell ${outcome.cell}: ${outcome.name}: ${outcome.message}`);
      console.log(`FAILED | ${passed} passed | 1 failed`);
      Deno.exit(1);
    }
    const copy = html ? `, saved as ${shownPath(html)}` : "";
    console.log(`${name}: ${outcome.cells} cells in ${duration(outcome.seconds)}${copy}`);
  }
  console.log(`ok | ${names.length} passed | 0 failed (${duration((performance.now() - began) / 1000)})`);
}

if (import.meta.main) await runTask(main, usage);
