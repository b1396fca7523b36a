/**
 * Errors a user can act on.
 *
 * A `UserError` says what failed, which value, what was expected and what to do, in one or two sentences. The command
 * line prints its message without a stack trace and exits with 1; anything else that escapes is a defect of ours and
 * keeps its trace.
 */
export class UserError extends Error {
  override name = "UserError";
}

/** Throws a {@link UserError}; an expression, so that it can stand to the right of `??`. */
export function fail(message: string, cause?: unknown): never {
  throw new UserError(message, { cause });
}
