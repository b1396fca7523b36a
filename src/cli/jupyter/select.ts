/** Which notebooks `deno task notebooks` executes, and with which values. */
import { distance } from "fastest-levenshtein";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { projectRoot } from "../../base/files.ts";

/** The folder of all notebooks. */
export const notebookFolder = join(projectRoot, "notebooks");

/** The names of all notebooks, in order. */
export function notebookNames(): string[] {
  return readdirSync(notebookFolder).filter((name) => name.endsWith(".ipynb")).map((name) => name.slice(0, -6)).sort();
}

/**
 * The notebooks with the given names, numbers or paths, in order; all where none is given.
 *
 * @throws UserError with the nearest name when there is no such notebook.
 */
export function chooseNotebooks(wanted: string[], names: string[]): string[] {
  const chosen = wanted.map((given) => {
    const bare = given.replace(/^.*\//, "").replace(/\.ipynb$/, "");
    const numbered = /^\d+$/.test(bare) ? names.find((name) => Number(name.split("_")[0]) === Number(bare)) : undefined;
    const found = names.find((name) => name === bare) ?? numbered;
    if (found) return found;
    const far = (name: string) => Math.min(distance(bare, name), distance(bare, name.replace(/^\d+_/, "")));
    const nearest = names.reduce((a, b) => far(b) < far(a) ? b : a, names[0] ?? "none");
    fail(`There is no notebook "${given}"; the nearest is ${nearest}. All: ${names.join(", ")}.`);
  });
  return wanted.length === 0 ? names : names.filter((name) => chosen.includes(name));
}

/**
 * The values of `--set` by key; a value is JSON where it parses as JSON, and text otherwise.
 *
 * @throws UserError when there is no `=`.
 */
export function readValues(set: string[]): Record<string, unknown> {
  return Object.fromEntries(set.map((text) => {
    const at = text.indexOf("=");
    if (at < 1) fail(`Cannot read "--set ${text}": write --set key=value, e.g. --set train.steps=50.`);
    const value = text.slice(at + 1);
    try {
      return [text.slice(0, at), JSON.parse(value)];
    } catch {
      return [text.slice(0, at), value];
    }
  }));
}
