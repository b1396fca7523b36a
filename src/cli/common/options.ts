/**
 * Checks of command-line options that `parseArgs` leaves to its caller.
 */
import { distance } from "fastest-levenshtein";
import { relative } from "node:path";
import { fail } from "../../base/errors.ts";

/**
 * For `parseArgs`' option `unknown`: refuses every option that is not in `known`, names the nearest one that is, and
 * lets positionals pass.
 */
export function unknownOption(known: readonly string[]): (arg: string, key?: string) => boolean {
  return (_arg, key) => {
    if (key === undefined || known.includes(key)) return true;
    const dashed = (name: string) => (name.length === 1 ? `-${name}` : `--${name}`);
    if (known.length === 0) fail(`Unknown option ${dashed(key)}; this task has none.`);
    const nearest = known.reduce((a, b) => distance(key, b) < distance(key, a) ? b : a);
    fail(`Unknown option ${dashed(key)}; the nearest known one is ${dashed(nearest)}.`);
  };
}

/**
 * Reads an option's whole number; undefined where the option was not given.
 *
 * @throws UserError naming the option when the text is no whole number or below `min`.
 */
export function wholeNumber(option: string, text: string | undefined, min = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < min) {
    fail(`Option --${option} must be a whole number of at least ${min}, not "${text}".`);
  }
  return value;
}

/** A path as it is shown: seen from the current folder, unless it lies outside. */
export function shownPath(path: string): string {
  const seen = relative(Deno.cwd(), path);
  return seen.startsWith("..") ? path : seen;
}

/** `--device D` as the override that it stands for; none where it was not given. */
export function deviceOverride(device: string | undefined): string[] {
  return device === undefined ? [] : [`device=${device}`];
}
