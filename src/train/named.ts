/** Flat records of named tensors: parts of them, and renamed copies. */
import type { State } from "../engine/mod.ts";

/** The entries whose names start with `prefix`, e.g. `"generator."`. */
export function entriesUnder<T>(record: Record<string, T>, prefix: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name.startsWith(prefix)));
}

/** The named entries of a state, e.g. the ones an optimiser moves. */
export function pick(state: State, names: Iterable<string>): State {
  return Object.fromEntries(Array.from(names, (name) => {
    const tensor = state[name];
    if (!tensor) throw new Error(`The state has no tensor "${name}"`);
    return [name, tensor];
  }));
}

/** A shallow copy under changed names, e.g. `mapNames(average, (name) => "ema." + name)`. */
export function mapNames<T>(record: Record<string, T>, rename: (name: string) => string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [rename(name), value]));
}
