/**
 * `deno task test [FILE …]`: sets up what is missing, then runs the tests, all of them or the files named. Options such as
 * `--filter` go to `deno test`. `deno task test:browser` runs those of tests/browser instead, which need Jupyter.
 *
 * All of them are run folder by folder, each in a process of its own and several at a time: a test that compiles or waits
 * leaves processors idle.
 */
import { readdirSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { projectRoot } from "../../base/files.ts";
import { pool } from "../../base/concurrency.ts";
import { findGpu } from "../../engine/install.ts";
import { duration } from "../common/progress.ts";
import { runTask } from "../common/run_task.ts";
import { ensureEngine } from "../machine/setup.ts";

const browser = "tests/browser";

/** The folders that take longest, in that order: begun first, they end with the others. */
const longest = ["engine", "runs", "evaluation", "reproduction", "train", "model", "data", "records", "metrics"].map((
  name,
) => `tests/${name}`);

/** Counts of a summary of `deno test`. */
export interface Counts {
  passed: number;
  steps: number;
  failed: number;
  ignored: number;
}

/**
 * Reads the last summary of an output, e.g. `ok | 12 passed (3 steps) | 0 failed | 1 ignored (3s)`. An exit code that tells
 * of a failure (a file that does not load, no test at all) which no test admits counts as one.
 */
export function readCounts(output: string, code: number): Counts {
  const number = "(\\d+)";
  const summary = `^(?:ok|FAILED) \\| ${number} passed(?: \\(${number} steps?\\))? \\| ${number} failed` +
    `(?: \\(${number} steps?\\))?(?: \\| ${number} ignored)?`;
  const last = [...stripVTControlCharacters(output).matchAll(new RegExp(summary, "gm"))].at(-1);
  const [passed, steps, failed, , ignored] = Array.from({ length: 5 }, (_, i) => Number(last?.[i + 1] ?? 0));
  return { passed: passed!, steps: steps!, failed: Math.max(failed!, code === 0 ? 0 : 1), ignored: ignored! };
}

/** Folders of tests, and the tests that lie in none, the longest first. */
function parts(): string[][] {
  const entries = readdirSync(`${projectRoot}/tests`, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `tests/${name}`)
    .filter((folder) =>
      folder !== browser &&
      readdirSync(`${projectRoot}/${folder}`, { recursive: true }).some((path) => /_test\.ts$/.test(String(path)))
    );
  const rank = (folder: string) => longest.includes(folder) ? longest.indexOf(folder) : longest.length;
  const files = entries.filter(({ name }) => name.endsWith("_test.ts")).map(({ name }) => `tests/${name}`);
  return [...folders.sort((a, b) => rank(a) - rank(b)).map((folder) => [folder]), files];
}

/** Tests that run in one process, what they have said, and how they ended. */
interface Part {
  args: string[];
  output: string;
  code?: number;
}

/** Runs all tests; a part's output is shown as it comes, or at once when those before it have ended. */
async function testAll(): Promise<number> {
  const began = performance.now();
  const all: Part[] = parts().map((args) => ({ args, output: "" }));
  const say = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  };
  let shown = 0;

  const run = async (part: Part) => {
    const child = denoTest(part.args, "piped");
    const read = async (stream: ReadableStream<Uint8Array>) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) {
        part.output += text;
        if (all[shown] === part) say(text);
      }
    };
    const [{ code }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
    part.code = code;
    while (all[shown]?.code !== undefined) say(all[++shown]?.output ?? "");
  };

  const atOnce = findGpu() ? 1 : Math.min(4, navigator.hardwareConcurrency); // a GPU's memory is not to be shared
  await pool(all, atOnce, run);

  const bad = all.filter(({ code }) => code !== 0).map(({ args, code }) => `${args.join(" ")} (exit code ${code})`);
  if (bad.length > 0) say(`failed: ${bad.join("; ")}\n`);
  say(`${summaryOf(all.map(({ output, code }) => readCounts(output, code!)), (performance.now() - began) / 1000)}\n`);
  return bad.length > 0 ? 1 : 0;
}

/** One line for several summaries, as `deno test` writes it. */
export function summaryOf(counts: Counts[], seconds: number): string {
  const sum = (key: keyof Counts) => counts.reduce((all, one) => all + one[key], 0);
  const result = sum("failed") > 0 ? "FAILED" : "ok";
  return `${result} | ${sum("passed")} passed (${sum("steps")} steps) | ${sum("failed")} failed | ` +
    `${sum("ignored")} ignored (${duration(seconds)})`;
}

function denoTest(args: string[], output: "inherit" | "piped"): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...args], // types are the business of `deno task check`
    cwd: projectRoot,
    stdin: "null",
    stdout: output,
    stderr: output,
  }).spawn();
}

async function test([first, ...rest]: string[]): Promise<void> {
  await ensureEngine("auto");
  if (first === undefined) Deno.exit(await testAll());
  const args = first === "--browser" ? [browser, ...rest] : [`--ignore=${browser}`, first, ...rest];
  Deno.exit((await denoTest(args, "inherit").status).code);
}

if (import.meta.main) await runTask(test);
