/** Run folders: where they are, how a new one gets its number, and how a user names one. */
import { distance } from "fastest-levenshtein";
import { resolve } from "node:path";
import { fail } from "../base/errors.ts";
import { projectRoot, reason } from "../base/files.ts";
import { dataRoot as defaultDataRoot } from "../data/store/stories.ts";

/** The folder of all runs: the environment variable STORYLOOM_RUNS, or the project's `runs` folder. */
export function runsRoot(): string {
  return Deno.env.get("STORYLOOM_RUNS") ?? `${projectRoot}/runs`;
}

/** The folder of all data sets: the environment variable STORYLOOM_DATA, or the project's `data` folder. */
export function dataRoot(): string {
  return Deno.env.get("STORYLOOM_DATA") ?? defaultDataRoot;
}

/**
 * Numbered runs in `root`, lowest number first; other folders are skipped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findRun, listRuns } from "./folder.ts";
 *
 * const root = Deno.makeTempDirSync();
 * for (const name of ["0002-ours-tiny-clipart", "0001-damsm", "notes"]) Deno.mkdirSync(`${root}/${name}`);
 * assertEquals(listRuns(root).map(({ number }) => number), [1, 2]);
 * assertEquals(findRun("2", root), `${root}/0002-ours-tiny-clipart`);
 * Deno.removeSync(root, { recursive: true });
 * ```
 */
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

/** Checks the name of a run. @throws UserError for characters other than letters, digits, `.`, `-` and `_`. */
export function checkLabel(label: string): void {
  if (!/^[\w][\w.-]*$/.test(label)) {
    fail(`A run cannot be called "${label}": use letters, digits, ".", "-" and "_".`);
  }
}

/**
 * Creates `root/NNNN-label` with the next free number, and its sub-folders.
 *
 * @throws UserError when {@link checkLabel} refuses the label, or `root` is not writable.
 */
export function createRunFolder(root: string, label: string): string {
  checkLabel(label);
  try {
    Deno.mkdirSync(root, { recursive: true });
    // Two runs that start at the same time must not get the same number.
    using numbers = Deno.openSync(`${root}/.numbers`, { create: true, write: true });
    numbers.lockSync(true);
    const number = (listRuns(root).at(-1)?.number ?? 0) + 1;
    const folder = `${root}/${String(number).padStart(4, "0")}-${label}`;
    for (const child of ["", "/samples", "/checkpoints"]) Deno.mkdirSync(folder + child);
    return folder;
  } catch (error) {
    fail(`Cannot make a run folder in "${root}": ${reason(error)}.`, error);
  }
}

/**
 * Finds a run by folder, by name (`0002-ours-tiny-clipart`) or by number (`2`).
 *
 * @throws UserError when there is none, with the nearest name.
 */
export function findRun(text: string, root: string = runsRoot()): string {
  const path = text.includes("/") || text === "." || text === "..";
  if (path && isFolder(text)) return resolve(text);
  const runs = listRuns(root);
  const found = runs.find(({ name, number }) => name === text || (/^\d+$/.test(text) && number === parseInt(text)));
  if (found) return found.folder;
  if (path) {
    fail(`There is no folder "${resolve(text)}"; name a run by its folder, or by its number or name in "${root}".`);
  }
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
