/**
 * `deno task test [FILE …]`: sets up what is missing, then runs the tests, all of them or the files named. Options such as
 * `--filter` go to `deno test`. `deno task test:browser` runs those of tests/browser instead, which need Jupyter.
 */
import { projectRoot } from "../base/files.ts";
import { runTask } from "./run_task.ts";
import { ensureEngine } from "./setup.ts";

const browser = "tests/browser";

async function test([first, ...rest]: string[]): Promise<void> {
  const args = first === "--browser" ? [browser, ...rest] : [`--ignore=${browser}`, ...(first ? [first, ...rest] : [])];
  await ensureEngine("auto");
  // Types are the business of `deno task check`.
  const command = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...args],
    cwd: projectRoot,
  });
  const { code } = await command.spawn().status;
  Deno.exit(code);
}

if (import.meta.main) await runTask(test);
