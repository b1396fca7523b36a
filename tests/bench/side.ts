/**
 * A process of the bench, ours or PyTorch's. It loads its inputs, works once and says so; from then on it answers each
 * line with a line of JSON: an empty one is one more piece of work, "memory" asks for peaks. Between two lines it sleeps,
 * so that both sides are alive while only one works.
 */
import { fail } from "../../src/base/errors.ts";

/** What a side says when it has worked for the first time. */
export interface Ready {
  /** The result of the work, e.g. a loss: both sides' must look alike. */
  value: number;
  version: string;
  threads: number;
}

/** Peaks in bytes: resident memory of the process, and what the engine held on a GPU. */
export interface Peaks {
  rss: number;
  device?: number;
}

export interface Side {
  name: string;
  ready: Ready;
  /** From the start of the process to the end of its first work. */
  startMs: number;
  /** Works once; milliseconds as the process itself measured them. */
  work(): Promise<number>;
  peaks(): Promise<Peaks>;
  /** Ends the process. */
  close(): Promise<void>;
}

/**
 * Starts a side and waits for its first work.
 *
 * @throws UserError with the process's last words when it ends early.
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
      return await next(); // a library's own chatter
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
    work: async () => (await ask<{ ms: number }>("")).ms,
    peaks: () => ask<Peaks>("memory"),
    async close() {
      await writer.close();
      await process.status;
      await errors;
      await lines.cancel();
    },
  };
}
