/**
 * A study starts each of its runs as a user would: as a task, in a process of its own. So one that fails, or is killed
 * for memory, takes no other with it, and several can be at work at once.
 */
import { reason } from "../base/files.ts";
import { taskProcess } from "../base/tasks.ts";

/** What came of a task. */
export type Outcome = "done" | "interrupted" | { error: string };

const interrupted = 130; // the exit code of a task that a signal ended

/**
 * Runs a task to its end, with all it says in a log.
 *
 * @param signal passes Ctrl-C on: training saves its state first.
 */
export async function runTaskProcess(
  [name, ...args]: [string, ...string[]],
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
      env: { ...env, NO_COLOR: "1" },
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

/** Copies a stream into a file as it comes; gives its last line of text. */
async function copy(stream: ReadableStream<Uint8Array>, file: Deno.FsFile): Promise<string> {
  let end = "";
  for await (const bytes of stream) {
    file.writeSync(bytes);
    end = (end + new TextDecoder().decode(bytes)).slice(-2000);
  }
  return end.trim().split("\n").at(-1) ?? "";
}
