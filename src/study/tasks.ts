/**
 * Starts a task (`deno task NAME …`) in a process of its own. So a run of a study that fails, or is killed for lack of
 * memory, does not affect the others, and several can run at the same time.
 */
import { projectRoot, reason } from "../base/files.ts";
import { taskProcess } from "../base/tasks.ts";

/** Name and arguments of a task, e.g. `["train", "--preset", "tiny"]`. */
export type Task = [name: string, ...args: string[]];

/** How a task ended. */
export type Outcome = "done" | "interrupted" | { error: string };

const interrupted = 130; // the exit code of a task that a signal ended

/**
 * Runs a task to its end and appends its output to a log file.
 *
 * @param log Path of the log file; its folder is made where it is missing.
 * @param signal When aborted, the task gets SIGINT; training then saves its state first.
 * @returns the outcome; errors are returned, not thrown.
 */
export async function runTaskProcess(
  [name, ...args]: Task,
  log: string,
  signal?: AbortSignal,
): Promise<Outcome> {
  if (signal?.aborted) return "interrupted";
  try {
    await Deno.mkdir(log.slice(0, log.lastIndexOf("/")), { recursive: true });
    const file = await Deno.open(log, { create: true, append: true });
    file.writeSync(new TextEncoder().encode(`$ deno task ${name} ${args.join(" ")}\n`));
    const { args: started, env } = taskProcess(name, args);
    const child = new Deno.Command(Deno.execPath(), {
      args: started,
      // Settings of a study are as runs record them, with paths from here: not from where the user stands.
      cwd: projectRoot,
      env: { ...env, NO_COLOR: "1", INIT_CWD: projectRoot },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const stop = () => child.kill("SIGINT");
    signal?.addEventListener("abort", stop, { once: true });
    const [, last, { code }] = await Promise.all([
      copy(child.stdout, file),
      copy(child.stderr, file),
      child.status,
    ]);
    signal?.removeEventListener("abort", stop);
    file.close();
    if (code === interrupted) return "interrupted";
    return code === 0 ? "done" : { error: last.replace(/^error: /, "") || `${name} ended with exit code ${code}` };
  } catch (error) {
    return { error: reason(error) };
  }
}

/** Copies a stream to a file while it arrives. @returns the last line of its text. */
async function copy(stream: ReadableStream<Uint8Array>, file: Deno.FsFile): Promise<string> {
  let end = "";
  for await (const bytes of stream) {
    file.writeSync(bytes);
    end = (end + new TextDecoder().decode(bytes)).slice(-2000);
  }
  return end.trim().split("\n").at(-1) ?? "";
}
