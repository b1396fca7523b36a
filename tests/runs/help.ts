/** Temporary folders, and tasks run as a user would run them. */
import { taskProcess } from "../../src/base/tasks.ts";

/** Runs `work` with a new folder that is removed afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "storyloom-test-" });
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A task as a process; `root` holds its runs and data. */
export function task(name: string, args: string[], root: string): Deno.Command {
  const { args: started, env } = taskProcess(name, args);
  return new Deno.Command(Deno.execPath(), {
    args: [started[0]!, "--quiet", ...started.slice(1)], // without Deno's own lines about downloads
    env: { ...env, STORYLOOM_RUNS: `${root}/runs`, STORYLOOM_DATA: `${root}/data`, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a task to its end. */
export async function runToEnd(name: string, args: string[], root: string) {
  const { code, stdout, stderr } = await task(name, args, root).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}
