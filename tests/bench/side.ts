/**
 * One side of the bench, ours or PyTorch's: a process that loads its inputs, runs its workload once and writes a line of
 * JSON. It then answers each line of its input with a line of JSON: "memory" requests the peaks, an empty line one more
 * run. Between two lines it sleeps, so that both sides are alive while only one runs.
 */
import { fail } from "../../src/base/errors.ts";

/** The first line of a side, after its first run. */
export interface Ready {
  /** Result of the run, e.g. a loss; it must be similar on both sides. */
  value: number;
  version: string;
  threads: number;
}

/** Peaks in bytes: resident memory of the process, and memory that the engine reserved on a GPU. */
export interface Peaks {
  rss: number;
  device?: number;
}

export interface Side {
  name: string;
  ready: Ready;
  /** From the start of the process to the end of its first run. */
  startMs: number;
  /** Runs the workload once; returns the milliseconds that the process measured. */
  run(): Promise<number>;
  peaks(): Promise<Peaks>;
  /** Ends the process. */
  close(): Promise<void>;
}

/**
 * Starts a side and waits for its first run.
 *
 * @throws UserError with the last lines of standard error when the process ends early.
 */
export async function startSide(name: string, command: string, args: string[]): Promise<Side> {
  const started = performance.now();
  const process = new Deno.Command(command, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const errors = new Response(process.stderr).text();
  const writer = process.stdin.getWriter();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";

  async function next<T>(): Promise<T> {
    while (!rest.includes("\n")) {
      const { value, done } = await lines.read();
      if (done) {
        fail(`The bench's ${name} process ended early: ${(await errors).trim().split("\n").slice(-3).join(" ")}`);
      }
      rest += value;
    }
    const end = rest.indexOf("\n");
    const line = rest.slice(0, end);
    rest = rest.slice(end + 1);
    try {
      return JSON.parse(line) as T;
    } catch {
      return await next(); // a message of some library
    }
  }
  async function ask<T>(question: string): Promise<T> {
    await writer.write(new TextEncoder().encode(`${question}\n`));
    return await next<T>();
  }

  const ready = await next<Ready>();
  return {
    name,
    ready,
    startMs: performance.now() - started,
    run: async () => (await ask<{ ms: number }>("")).ms,
    peaks: () => ask<Peaks>("memory"),
    async close() {
      await writer.close();
      await process.status;
      await errors;
      await lines.cancel();
    },
  };
}
