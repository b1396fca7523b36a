/** Tasks as processes: how deno.json starts one, for callers that know no more of it than its name. */
import { fail } from "./errors.ts";
import { projectRoot, readJson } from "./files.ts";

/** A process: arguments of the deno executable, and what its environment has beside the parent's. */
export interface TaskProcess {
  args: string[];
  env: Record<string, string>;
}

/**
 * The process behind `deno task NAME ARGS`, without the shell between: signals reach the task itself.
 *
 * @throws UserError when deno.json has no such task, or it is no single program of this project.
 */
export function taskProcess(name: string, args: string[]): TaskProcess {
  const { tasks } = readJson<{ tasks: Record<string, { command: string }> }>(`${projectRoot}/deno.json`);
  const words = tasks[name]?.command.split(" ") ?? [];
  const at = words.indexOf("deno");
  if (at < 0 || words[at + 1] !== "run" || words.includes("&&")) {
    fail(`deno.json has no task "${name}" that is one program; see deno task.`);
  }
  return {
    args: words.slice(at + 1).map((word) => word.startsWith("src/") ? `${projectRoot}/${word}` : word).concat(args),
    env: Object.fromEntries(
      words.slice(0, at).map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]),
    ),
  };
}
