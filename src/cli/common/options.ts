/** Checks of command-line options that `parseArgs` does not do. */
import { distance } from "fastest-levenshtein";
import { relative } from "node:path";
import { fail } from "../../base/errors.ts";
import { type CheckpointName, isCheckpointName } from "../../records/checkpoints.ts";

/**
 * For the option `unknown` of `parseArgs`: accepts the options in `known` and all positional arguments.
 *
 * @throws UserError with the nearest known option for any other one.
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
 * The whole number of an option; undefined where the option was not given.
 *
 * @throws UserError when the text is not a whole number or is below `min`.
 */
export function wholeNumber(option: string, text: string | undefined, min = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < min) {
    fail(`Option --${option} must be a whole number of at least ${min}, not "${text}".`);
  }
  return value;
}

/** A path for the terminal: relative to the current folder, unless it is outside. */
export function shownPath(path: string): string {
  const inside = relative(Deno.cwd(), path);
  return inside.startsWith("..") ? path : inside;
}

/** `--device D` as a config override; none where it was not given. */
export function deviceOverride(device: string | undefined): string[] {
  return device === undefined ? [] : [`device=${device}`];
}

/**
 * The checkpoint that `--checkpoint` names; undefined where it was not given.
 *
 * @param also a further word that the task takes
 * @throws UserError for a text that names none.
 */
export function checkpointName(text: string | undefined, also?: string): CheckpointName | undefined {
  if (text === undefined || isCheckpointName(text)) return text;
  fail(`--checkpoint is best, last, a kept one such as step-1000${also ? ` or ${also}` : ""}, not "${text}".`);
}
