/** Run folders: where they lie, how a new one gets its number, how a user names one. */
import { distance } from "fastest-levenshtein";
import { fail } from "../base/errors.ts";
import { projectRoot, reason } from "../base/files.ts";
import { dataRoot as defaultDataRoot } from "../data/store/stories.ts";

/** Where runs lie: the environment's STORYLOOM_RUNS, or the project's `runs` folder. */
export function runsRoot(): string {
  return Deno.env.get("STORYLOOM_RUNS") ?? `${projectRoot}/runs`;
}

/** Where data sets lie: the environment's STORYLOOM_DATA, or the project's `data` folder. */
export function dataRoot(): string {
  return Deno.env.get("STORYLOOM_DATA") ?? defaultDataRoot;
}

/** Numbered runs below `root`, lowest number first; other folders are passed over. */
export function listRuns(root: string): { number: number; name: string; folder: string }[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(root)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries
    .filter(({ isDirectory, name }) => isDirectory && /^\d{4,}-/.test(name))
    .map(({ name }) => ({ number: parseInt(name), name, folder: `${root}/${name}` }))
    .sort((a, b) => a.number - b.number);
}

/** @throws UserError for a label with other characters than letters, digits, `.`, `-` and `_`. */
export function checkLabel(label: string): void {
  if (!/^[\w][\w.-]*$/.test(label)) {
    fail(`A run cannot be called "${label}": use letters, digits, ".", "-" and "_".`);
  }
}

/**
 * Creates `root/NNNN-label` with the next free number, and its sub-folders.
 *
 * @throws UserError for a label with other characters than letters, digits, `.`, `-` and `_`.
 */
export function createRunFolder(root: string, label: string): string {
  checkLabel(label);
  try {
    Deno.mkdirSync(root, { recursive: true });
    // Two runs that start at once must not take one number, so taking it is a queue.
    using queue = Deno.openSync(`${root}/.numbers`, { create: true, write: true });
    queue.lockSync(true);
    const number = (listRuns(root).at(-1)?.number ?? 0) + 1;
    const folder = `${root}/${String(number).padStart(4, "0")}-${label}`;
    for (const part of ["", "/samples", "/checkpoints"]) Deno.mkdirSync(folder + part);
    return folder;
  } catch (error) {
    fail(`Cannot make a run folder in "${root}": ${reason(error)}.`, error);
  }
}

/**
 * Finds the run a user means: by folder, by name (`0002-ours-tiny-clipart`) or by number (`2`).
 *
 * @throws UserError when there is none, with the nearest name.
 */
export function findRun(text: string, root: string = runsRoot()): string {
  if (text.includes("/") && isFolder(text)) return text.replace(/\/+$/, "");
  const runs = listRuns(root);
  const found = runs.find(({ name, number }) => name === text || (/^\d+$/.test(text) && number === parseInt(text)));
  if (found) return found.folder;
  if (runs.length === 0) {
    fail(`There is no run "${text}": "${root}" holds no runs yet; start one with deno task train.`);
  }
  const nearest = runs.reduce((a, b) => distance(text, b.name) < distance(text, a.name) ? b : a);
  fail(`There is no run "${text}" in "${root}"; the nearest name is "${nearest.name}".`);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
