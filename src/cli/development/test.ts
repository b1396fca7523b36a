/**
 * `deno task test [FILE …]`: installs what is missing, then runs all tests or those of the given files. `deno task
 * test:browser` runs those of tests/browser instead, which need Jupyter.
 *
 * All tests are run folder by folder, each folder in its own process and several at a time: a test that compiles or waits
 * leaves processors idle.
 */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "../../base/files.ts";
import { pool } from "../../base/concurrency.ts";
import { counted } from "../../base/text.ts";
import { findGpu } from "../../engine/install.ts";
import { ensureEngine } from "../common/engine.ts";
import { duration } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";

const usage = `Usage: deno task test [FILE …] [options of deno test]
       deno task test:browser [options of deno test]

Installs the engine where it is missing and runs the tests.

  FILE  test files or folders (default: all but tests/browser)

Example: deno task test tests/metrics --filter kid`;

const browser = "tests/browser";

/** The folders that take longest, in that order; they are started first, so that all end at about the same time. */
const longest = ["engine", "runs", "evaluation", "reproduction", "train", "model", "data", "records", "metrics"].map((
  name,
) => `tests/${name}`);

/** The counts in a summary of `deno test`. */
export interface Counts {
  passed: number;
  steps: number;
  failed: number;
  ignored: number;
}

/**
 * Reads the last summary of an output, e.g. `ok | 12 passed (3 steps) | 0 failed | 1 ignored (3s)`. If the exit code is
 * not 0 but no test failed (a file that does not load, no test at all), one failure is counted.
 */
export function readCounts(output: string, code: number): Counts {
  const number = "(\\d+)";
  const summary = `^(?:ok|FAILED) \\| ${number} passed(?: \\(${number} steps?\\))? \\| ${number} failed` +
    `(?: \\(${number} steps?\\))?(?: \\| ${number} ignored)?`;
  const last = [...stripVTControlCharacters(output).matchAll(new RegExp(summary, "gm"))].at(-1);
  const [passed, steps, failed, , ignored] = Array.from({ length: 5 }, (_, i) => Number(last?.[i + 1] ?? 0));
  return { passed: passed!, steps: steps!, failed: Math.max(failed!, code === 0 ? 0 : 1), ignored: ignored! };
}

/** Source files with an example in a comment, which `deno test --doc` runs. */
function filesWithExamples(): string[] {
  const paths = readdirSync(`${projectRoot}/src`, { recursive: true }).map((path) => `src/${String(path)}`);
  return paths.filter((path) =>
    path.endsWith(".ts") && /^ +\* ```ts$/m.test(readFileSync(`${projectRoot}/${path}`, "utf8"))
  ).sort();
}

/** Folders of tests, the longest first, then the examples, and at the end the test files that are in no folder. */
function testGroups(): string[][] {
  const entries = readdirSync(`${projectRoot}/tests`, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `tests/${name}`)
    .filter((folder) =>
      folder !== browser &&
      readdirSync(`${projectRoot}/${folder}`, { recursive: true }).some((path) => /_test\.ts$/.test(String(path)))
    );
  const rank = (folder: string) => longest.includes(folder) ? longest.indexOf(folder) : longest.length;
  const files = entries.filter(({ name }) => name.endsWith("_test.ts")).map(({ name }) => `tests/${name}`);
  const examples = ["--doc", ...filesWithExamples()];
  return [...folders.sort((a, b) => rank(a) - rank(b)).map((folder) => [folder]), examples, files];
}

/** Tests that run in one process, with their output and exit code. */
interface Group {
  args: string[];
  output: string;
  code?: number;
}

/** Runs all tests. The output of one group at a time is shown live; that of the others is shown when it is their turn. */
async function testAll(): Promise<number> {
  const start = performance.now();
  const all: Group[] = testGroups().map((args) => ({ args, output: "" }));
  const print = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  };
  let shown = 0;

  const run = async (group: Group) => {
    const child = denoTest(group.args, "piped");
    const read = async (stream: ReadableStream<Uint8Array>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) {
        group.output += text;
        if (all[shown] === group) print(text);
      }
    };
    const [{ code }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
    group.code = code;
    while (all[shown]?.code !== undefined) print(all[++shown]?.output ?? "");
  };

  // One process at a time on a GPU, whose memory is not shared. More than there are processors took longer on two.
  const atOnce = findGpu() ? 1 : Math.min(4, navigator.hardwareConcurrency);
  await pool(all, atOnce, run);

  const bad = all.filter(({ code }) => code !== 0).map(({ args, code }) =>
    `${args.slice(0, 3).join(" ")}${args.length > 3 ? " …" : ""} (exit code ${code})`
  );
  if (bad.length > 0) print(`failed: ${bad.join("; ")}\n`);
  print(`${summaryOf(all.map(({ output, code }) => readCounts(output, code!)), (performance.now() - start) / 1000)}\n`);
  return bad.length > 0 ? 1 : 0;
}

/** Adds up several summaries, in the form of `deno test`. */
export function summaryOf(counts: Counts[], seconds: number): string {
  const sum = (key: keyof Counts) => counts.reduce((all, one) => all + one[key], 0);
  const result = sum("failed") > 0 ? "FAILED" : "ok";
  return `${result} | ${sum("passed")} passed (${counted(sum("steps"), "step")}) | ${sum("failed")} failed | ` +
    `${sum("ignored")} ignored (${duration(seconds)})`;
}

function denoTest(args: string[], output: "inherit" | "piped"): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...args], // `deno task check` checks the types
    cwd: projectRoot,
    env: { INIT_CWD: projectRoot }, // tasks that a test starts read relative paths from here
    stdin: "null",
    stdout: output,
    stderr: output,
  }).spawn();
}

/** The arguments with full paths of the files at the front, since the tests are run in the project's folder. */
function fullFiles(args: string[]): string[] {
  const options = args.findIndex((arg) => arg.startsWith("-"));
  const files = options < 0 ? args.length : options;
  return [...args.slice(0, files).map((file) => resolve(file)), ...args.slice(files)];
}

async function test([first, ...rest]: string[]): Promise<void> {
  await ensureEngine("auto");
  if (first === undefined) Deno.exit(await testAll());
  const args = first === "--browser" ? [browser, ...rest] : [`--ignore=${browser}`, ...fullFiles([first, ...rest])];
  Deno.exit((await denoTest(args, "inherit").status).code);
}

if (import.meta.main) await runTask(test, usage);
