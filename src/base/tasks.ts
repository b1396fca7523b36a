/** Starting a task of deno.json as a process, by its name. */
import { fail } from "./errors.ts";
import { projectRoot, readJson } from "./files.ts";

/** A process: arguments of the deno executable, and variables to add to the parent's environment. */
export interface TaskProcess {
  args: string[];
  env: Record<string, string>;
}

/**
 * The process that `deno task NAME ARGS` starts, without a shell in between, so that signals reach the task itself.
 *
 * @throws UserError when deno.json has no such task, or the task is not a single Deno program.
 */
export function taskProcess(name: string, args: string[]): TaskProcess {
  const { tasks } = readJson<{ tasks: Record<string, { command: string }> }>(`${projectRoot}/deno.json`);
  const words = tasks[name]?.command.split(" ") ?? [];
  const at = words.indexOf("deno");
  if (at < 0 || words[at + 1] !== "run" || words.includes("&&")) {
    fail(`deno.json has no task "${name}" that is a single Deno program; run \`deno task\` to list the tasks.`);
  }
  return {
    args: words.slice(at + 1).map((word) => word.startsWith("src/") ? `${projectRoot}/${word}` : word).concat(args),
    env: Object.fromEntries(
      words.slice(0, at).map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
    ),
  };
}
