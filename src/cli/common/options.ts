/** Command-line options: reading them, and the checks that `parseArgs` does not do. */
import { parseArgs } from "@std/cli";
import { distance } from "fastest-levenshtein";
import { fail } from "../../base/errors.ts";
import { type CheckpointName, isCheckpointName } from "../../records/checkpoints.ts";

/**
 * Reads the arguments of a task as `parseArgs` does, but an option that takes a value takes the argument behind it, even
 * where that begins with "-" (`--story "- Where is Mike?"`, `--seed -1`).
 *
 * @throws UserError when an option that takes a value has none, an empty one, or another option in its place.
 */
export const parseOptions: typeof parseArgs = (args, options) =>
  parseArgs(withValues(args, [options?.string ?? []].flat() as string[]), options);

/** The arguments with `--name value` as `--name=value` for every option in `taking`. */
function withValues(args: string[], taking: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [, name = "", equals = "", value = ""] = /^--([^=]+)(=?)([^]*)$/.exec(args[at]!) ?? [];
    if (args[at] === "--") return [...joined, ...args.slice(at)];
    if (!taking.includes(name)) {
      joined.push(args[at]!);
      continue;
    }
    const given = equals === "=" ? value : args[++at];
    if (given === undefined) fail(`Option --${name} needs a value, and nothing follows it.`);
    if (given.trim() === "") fail(`The value of --${name} is empty; write one, or leave the option out.`);
    if (equals === "" && /^--([a-z]|$)/.test(given)) {
      fail(`Option --${name} needs a value before "${given}"; a value that begins so is written --${name}="${given}".`);
    }
    joined.push(`--${name}=${given}`);
  }
  return joined;
}

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
