/** The data sets that can be prepared: one folder in `sets/` for each, found by its name. */
import { distance } from "fastest-levenshtein";
import { fail } from "../../base/errors.ts";
import type { SetSource } from "./source.ts";

const folder = new URL("./", import.meta.url);

/**
 * The names of all data sets that can be prepared, sorted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sourceNames } from "./mod.ts";
 *
 * assertEquals(sourceNames().includes("clipart"), true);
 * ```
 */
export function sourceNames(): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => isDirectory ? [name] : []).sort();
}

/**
 * Loads the source of the data set `name`.
 *
 * @throws UserError when there is no such data set; the message suggests the nearest name
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findSource } from "./mod.ts";
 *
 * const source = await findSource("clipart");
 * assertEquals(source.options.parse({}), { stories: 2000, seed: 1 });
 * ```
 */
export async function findSource(name: string): Promise<SetSource> {
  const known = sourceNames();
  if (!known.includes(name)) {
    const nearest = known.reduce((a, b) => distance(name, b) < distance(name, a) ? b : a);
    fail(`Unknown data set "${name}"; the known ones are ${known.join(", ")}, the nearest is "${nearest}".`);
  }
  return (await import(new URL(`${name}/mod.ts`, folder).href) as { source: SetSource }).source;
}
