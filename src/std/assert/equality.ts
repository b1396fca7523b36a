/** Assertions that compare two values. */
import nodeAssert from "node:assert/strict";
import { inspect, isDeepStrictEqual } from "node:util";
import { refuse } from "./assertion_error.ts";

/** Are the two values deeply equal (NaN equals itself, 0 and -0 differ)? */
export function equal(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}

/** Asserts deep equality; the message shows where the values differ (+ actual, - expected). */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) refuse(`Values are not equal${difference(actual, expected)}`, msg);
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) refuse(`Expected something other than ${inspect(actual)}`, msg);
}

/** Asserts that two values are the very same (`Object.is`). */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const twins = equal(actual, expected) ? ": equal in value, but not the same object" : difference(actual, expected);
  refuse(`Values are not strictly equal${twins}`, msg);
}

/** Asserts that two values are not the very same (`Object.is`). */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (Object.is(actual, expected)) refuse(`Expected something other than ${inspect(actual)} itself`, msg);
}

/** Asserts that two numbers differ by `tolerance` at most (default: 1e-7 of `expected`). */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  const delta = Math.abs(expected - actual);
  if (!(delta <= allowed)) {
    refuse(`Expected ${actual} to be within ${allowed} of ${expected}, but they differ by ${delta}`, msg);
  }
}

type Numbers = ArrayLike<number | bigint>;

/** Long numeric arrays: how many differ, and the first that does; everything else: node's line-by-line view. */
function difference(actual: unknown, expected: unknown): string {
  if (isNumbers(actual) && isNumbers(expected) && actual.length === expected.length && actual.length > 16) {
    const differing = Array.from(actual, (_, i) => i).filter((i) => !Object.is(actual[i], expected[i]));
    const first = differing[0];
    if (first !== undefined) {
      return ` in ${differing.length} of ${actual.length} elements; the first is at ${first}: ` +
        `${actual[first]} where ${expected[first]} was expected`;
    }
  }
  try {
    nodeAssert.deepStrictEqual(actual, expected);
  } catch (error) {
    return `\n${(error as Error).message.split("\n").slice(1).join("\n").trimEnd()}`;
  }
  return "";
}

function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
