/** What verifying finds: a row for each thing that was looked at, whether or not it is as it should be. */
import { UserError } from "../../base/errors.ts";

/** One thing that was looked at. */
export interface Check {
  /** File below the run folder, or the folder itself. */
  file: string;
  /** What of it. */
  what: string;
  /** `missing` where a file or entry that should be there is not, `wrong` where it says something else than it should. */
  result: "ok" | "missing" | "wrong";
  /** What was found; and what was expected, where that is not the same. */
  detail: string;
}

/** Something that should be there is not. */
class Missing extends UserError {
  override name = "Missing";
}

/** Ends a check with the result `missing`. */
export function lacking(message: string): never {
  throw new Missing(message);
}

/** Ends a check with the result `wrong` unless `found` is what was expected. */
export function expectEqual(what: string, found: unknown, expected: unknown): void {
  if (found === expected) return;
  throw new UserError(`${what} is ${shown(found)}, expected ${shown(expected)}`);
}

/** A value in a row: digests by their first twelve digits. */
export function shown(value: unknown): string {
  return /^[0-9a-f]{40,64}$/.test(String(value)) ? String(value).slice(0, 12) : String(value);
}

/** A list that grows by a row for each check. */
export interface Checks {
  rows: Check[];
  /**
   * Runs one check.
   *
   * @param work gives what it found; a `UserError` it throws is what is wrong, and no other check suffers from it
   * @param detail what the row says when all is well
   * @returns what `work` gave, or undefined where the check failed
   */
  look<T>(file: string, what: string, work: () => T | Promise<T>, detail: (found: T) => string): Promise<T | undefined>;
}

export function startChecks(): Checks {
  const rows: Check[] = [];
  return {
    rows,
    async look(file, what, work, detail) {
      try {
        const found = await work();
        rows.push({ file, what, result: "ok", detail: detail(found) });
        return found;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        const result = error instanceof Missing ? "missing" : "wrong";
        rows.push({ file, what, result, detail: error.message });
        return undefined;
      }
    },
  };
}
