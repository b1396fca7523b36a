/**
 * `deno task test [FILE …]`: sets up what is missing, then runs the tests, all of them or the files named. Options such as
 * `--filter` go to `deno test`.
 */
import { projectRoot } from "../base/files.ts";
import { runTask } from "./run_task.ts";
import { ensureEngine } from "./setup.ts";

async function test(args: string[]): Promise<void> {
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
