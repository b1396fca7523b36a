/** Numbers of things in sentences. */

/**
 * A number with its noun, e.g. "1 story" and "2 stories".
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counted } from "./counted.ts";
 *
 * assertEquals([counted(1, "story", "stories"), counted(2000, "frame")], ["1 story", "2,000 frames"]);
 * ```
 */
export function counted(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}
