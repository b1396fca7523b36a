/** Assertions about what a function throws. */
import { AssertionError, refuse } from "./assertion_error.ts";

type ErrorClass<E> = abstract new (...args: never[]) => E;
/** `(msg)` or `(ErrorClass, msgIncludes, msg)`: what follows the function. */
type Expectation<E> =
  | [msg?: string | undefined]
  | [ErrorClass: ErrorClass<E>, msgIncludes?: string | undefined, msg?: string | undefined];

/** Throws an {@link AssertionError}. */
export function fail(msg?: string): never {
  throw new AssertionError(msg ? `Failed assertion: ${msg}` : "Failed assertion.");
}

/** Throws an {@link AssertionError}: marks what cannot be reached. */
export function unreachable(msg?: string): never {
  throw new AssertionError(msg ? `Unreachable: ${msg}` : "Unreachable.");
}

/** Asserts that a value is an error, of the class and with the text given. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: ErrorClass<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) refuse(`Expected an error, but got ${String(error)}`, msg);
  if (ErrorClass && !(error instanceof ErrorClass)) {
    refuse(`Expected a ${ErrorClass.name}, but got ${error.name}: "${error.message}"`, msg);
  }
  const fits = typeof msgMatches === "string" ? error.message.includes(msgMatches) : msgMatches?.test(error.message);
  if (fits === false) {
    refuse(`Expected the error's message to include "${msgMatches}", but got "${error.message}"`, msg);
  }
}

/** Asserts that `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an error of a class, with a text in its message; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error>(fn: () => unknown, ...expectation: Expectation<E>): unknown {
  try {
    fn();
  } catch (error) {
    return check(error, expectation);
  }
  refuse("Expected the function to throw", own(expectation));
}

/** Asserts that `fn` returns a promise that is rejected; gives what it was rejected with. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Asserts that `fn`'s promise is rejected with an error of a class and a text in its message; gives the error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  ...expectation: Expectation<E>
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    refuse(`Expected a rejected promise, but the function itself threw: ${String(error)}`, own(expectation));
  }
  try {
    await promise;
  } catch (error) {
    return check(error, expectation);
  }
  refuse("Expected the promise to be rejected", own(expectation));
}

function check<E extends Error>(error: unknown, [first, includes, msg]: Expectation<E>): unknown {
  if (typeof first === "function") assertIsError(error, first, includes, msg);
  return error;
}

function own<E>([first, , msg]: Expectation<E>): string | undefined {
  return typeof first === "function" ? msg : first;
}
