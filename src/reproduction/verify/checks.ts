/** The results of verifying: one row per check, whether it passed or not. */
import { UserError } from "../../base/errors.ts";

/** The result of one check. */
export interface Check {
  /** The file, relative to the run folder, or a sub-folder. */
  file: string;
  /** The property of the file that was checked. */
  what: string;
  /** `missing` where a required file or entry does not exist, `wrong` where it has an unexpected content. */
  result: "ok" | "missing" | "wrong";
  /** What was found, and what was expected where that differs. */
  detail: string;
}

/** A required file or entry does not exist. */
class Missing extends UserError {
  override name = "Missing";
}

/** Ends a check with the result `missing`. */
export function failMissing(message: string): never {
  throw new Missing(message);
}

/** Ends a check with the result `wrong` unless `found` equals `expected`. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  throw new UserError(`${what} is ${formatValue(found)}, expected ${formatValue(expected)}`);
}

/** Formats a value for a row: digests are shortened to twelve digits. */
export function formatValue(value: unknown): string {
  return /^[0-9a-f]{40,64}$/.test(String(value)) ? String(value).slice(0, 12) : String(value);
}

/** Runs checks and collects their results. */
export interface Checks {
  results: Check[];
  /**
   * Runs one check and adds its result.
   *
   * @param work returns what it found; a `UserError` that it throws becomes the detail of a failed check, and other
   *   checks still run
   * @param detail the text of the row of a passed check
   * @returns what `work` returned; undefined where the check failed
   */
  check<T>(
    file: string,
    what: string,
    work: () => T | Promise<T>,
    detail: (found: T) => string,
  ): Promise<T | undefined>;
}

/** Starts a list of checks without results. */
export function startChecks(): Checks {
  const results: Check[] = [];
  return {
    results,
    async check(file, what, work, detail) {
      try {
        const found = await work();
        results.push({ file, what, result: "ok", detail: detail(found) });
        return found;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const result = error instanceof Missing ? "missing" : "wrong";
        results.push({ file, what, result, detail: error.message });
        return undefined;
      }
    },
  };
}
