/** Words and numbers in messages: nouns beside numbers, and rounded numbers. */

/**
 * A number with its noun, so that no message speaks of "1 frames".
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counted } from "./text.ts";
 *
 * assertEquals([counted(1, "frame"), counted(2000, "story", "stories")], ["1 frame", "2000 stories"]);
 * ```
 *
 * @param many The plural, where it is not `one` with an s.
 */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A number with a fixed number of decimals; one that rounds to zero has no sign, where `toFixed` gives "-0.000". */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return /^-0(\.0*)?$/.test(text) ? text.slice(1) : text;
}
