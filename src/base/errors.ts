/**
 * An error that the user can act on.
 *
 * Its message states what failed, which value, what was expected and what to do, in one or two sentences. The command
 * line prints the message without a stack trace and exits with 1. Any other uncaught error is a defect of this project
 * and is printed with its stack trace.
 */
export class UserError extends Error {
  override name = "UserError";
}

/**
 * Throws a {@link UserError}. As an expression it can stand to the right of `??`.
 *
 * @example
 * ```ts
 * import { fail, UserError } from "./errors.ts";
 * const folders: Record<string, string> = { tiny: "runs/tiny" };
 * const folderOf = (run: string) => folders[run] ?? fail(`There is no run "${run}"; the runs are: tiny.`);
 * try {
 *   folderOf("huge");
 * } catch (error) {
 *   if (!(error instanceof UserError)) throw error;
 * }
 * ```
 *
 * @param cause The error that led to this one, if any.
 * @throws UserError always.
 */
export function fail(message: string, cause?: unknown): never {
  throw new UserError(message, { cause });
}
