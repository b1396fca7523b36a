/** The data sets that this kit can prepare: one folder each in `sets/`, found by its name. */
import { distance } from "fastest-levenshtein";
import { fail } from "../../base/errors.ts";
import type { SetSource } from "./source.ts";

const folder = new URL("./", import.meta.url);

/** Names of all sets, sorted. */
export function sourceNames(): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => isDirectory ? [name] : []).sort();
}

/**
 * The set called `name`.
 *
 * @throws UserError when there is none, with the nearest name.
 */
export async function findSource(name: string): Promise<SetSource> {
  const known = sourceNames();
  if (!known.includes(name)) {
    const nearest = known.reduce((a, b) => distance(name, b) < distance(name, a) ? b : a);
    fail(`Unknown data set "${name}"; the known ones are ${known.join(", ")}, the nearest is "${nearest}".`);
  }
  return (await import(new URL(`${name}/mod.ts`, folder).href) as { source: SetSource }).source;
}
