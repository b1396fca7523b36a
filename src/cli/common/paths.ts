/**
 * Paths that a user writes, and paths that a task prints.
 *
 * `deno task` starts every task in the project's folder and states in INIT_CWD where the user stands. A task goes there
 * first, so that every relative path means what it means in the user's terminal: of an argument, an option, or a
 * variable of the environment. The kit itself finds its files from `projectRoot`.
 */
import { isAbsolute, relative, resolve } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot, reason } from "../../base/files.ts";

/** Variables of the environment that hold a path; the folder of compiled programs may also be "off". */
const variables = ["STORYLOOM_RUNS", "STORYLOOM_DATA", "STORYLOOM_PROGRAM_CACHE", "STORYLOOM_PJRT_PLUGIN"];

/**
 * Makes the folder in which the user stands the current one. A program that was started elsewhere than in the project's
 * folder stands there already. Paths in the environment become absolute, for the processes that a task starts.
 *
 * @throws UserError when the folder is gone or may not be entered.
 */
export function enterUserFolder(): void {
  const folder = Deno.env.get("INIT_CWD");
  if (folder && isAbsolute(folder) && Deno.cwd() === Deno.realPathSync(projectRoot)) {
    try {
      Deno.chdir(folder);
    } catch (error) {
      fail(`Cannot enter the folder "${folder}", from which the task was started: ${reason(error)}.`, error);
    }
  }
  for (const name of variables) {
    const path = Deno.env.get(name);
    if (path && path !== "off") Deno.env.set(name, resolve(path));
  }
}

/** A path for the terminal: relative to the current folder, unless it is outside. */
export function shownPath(path: string): string {
  const inside = relative(Deno.cwd(), path);
  return inside.startsWith("..") ? path : inside;
}

/** The full path of something that was written, wherever the user looks for it. */
export const fullPath = (path: string): string => resolve(path);

/** Settings whose value is the path of a file. */
const fileSettings = ["text.glove", "text.towerWeights"];

/**
 * Settings `key=value` as a run records them: a file's path is relative to the project's folder, or absolute for a file
 * outside, so that the run continues from wherever the user stands then.
 */
export function recordedPaths(settings: string[]): string[] {
  return settings.map((setting) => {
    const key = fileSettings.find((key) => setting.startsWith(`${key}=`));
    const path = key && setting.slice(key.length + 1);
    if (!path) return setting;
    const inside = relative(projectRoot, resolve(path));
    return `${key}=${inside.startsWith("..") || isAbsolute(inside) ? resolve(path) : inside}`;
  });
}
