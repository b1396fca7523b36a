/**
 * Reads command-line arguments into an object: `--name value`, `--name=value`, `--flag`, `--no-flag`, `-f`, `-n 5` and
 * positionals. Behaves as `parseArgs` of `jsr:@std/cli` but for dotted names, which stay flat here.
 *
 * @module
 */

type Names<N extends string> = N | ReadonlyArray<N>;
type Aliases = Record<string, string | ReadonlyArray<string>>;

/** Options of {@link parseArgs}: which names there are and how their values are read. */
export interface ParseOptions<
  B extends string = string,
  S extends string = string,
  C extends string = string,
  N extends string = string,
  D extends Record<string, unknown> = Record<string, unknown>,
  A extends Aliases = Aliases,
  DD extends boolean = boolean,
> {
  /** Put what follows `--` into the result's `"--"` instead of `_`. */
  "--"?: DD;
  /** Other names of an option. */
  alias?: A;
  /** Options without a value, false where not given; `true` reads every `--name` as one. */
  boolean?: boolean | Names<B>;
  /** Values of options that are not given. */
  default?: D;
  /** Take everything after the first positional as positional. */
  stopEarly?: boolean;
  /** Options whose values stay text; `"_"` keeps numeric-looking positionals text as well. */
  string?: Names<S>;
  /** Options that may be given several times, gathered in a list. */
  collect?: Names<C>;
  /** Options that `--no-NAME` sets to false. */
  negatable?: Names<N>;
  /** Called with every argument that no list above names; returning false drops it. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Given<B extends string, S extends string, C extends string, N extends string> =
  & { [K in B]: K extends C ? boolean[] : boolean }
  & { [K in Exclude<S, C | "_">]?: string | (K extends N ? false : never) }
  & { [K in Exclude<Extract<S, C>, "_">]: string[] }
  & { [K in Exclude<C, B | S>]: unknown[] };

type WithDefaults<G, D> =
  & Omit<G, keyof D>
  & { [K in keyof D]: D[K] | (K extends keyof G ? NonNullable<G[K]> : unknown) };

type AliasNames<K, A> = K extends keyof A ? A[K] extends ReadonlyArray<infer N> ? N | K : A[K] | K : K;

type WithAliases<G, A> = { [K in keyof G as AliasNames<K, A> & string]: G[K] };

/** The result of {@link parseArgs}. */
export type Args<T = Record<string, unknown>, DD extends boolean = false> =
  & Record<string, unknown>
  & T
  & { _: Array<string | number> }
  & (DD extends true ? { "--": string[] } : unknown);

/**
 * Parses `args`, e.g. `Deno.args`.
 *
 * Values that look like numbers become numbers unless `string` names their option.
 *
 * @example
 * ```ts
 * import { parseArgs } from "@std/cli/parse-args";
 *
 * const args = parseArgs(["train", "--steps", "10", "--json"], { boolean: ["json"], string: ["steps"] });
 * // { _: ["train"], steps: "10", json: true }
 * ```
 */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  const N extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
  const A extends Aliases = Record<never, never>,
  DD extends boolean = false,
>(
  args: string[],
  options: ParseOptions<B, S, C, N, D, A, DD> = {},
): Args<WithAliases<WithDefaults<Given<B, S, C, N>, D>, A>, DD> {
  const same = sameNames(options.alias ?? {});
  const named = (names?: boolean | Names<string>) => new Set(list(names).flatMap((name) => [name, ...same(name)]));
  const [booleans, strings, collected, negatable] = [
    named(options.boolean),
    named(options.string),
    named(options.collect),
    named(options.negatable),
  ];
  const result: Record<string, unknown> & { _: (string | number)[] } = { _: [] };

  function set(key: string, text: string | boolean, arg: string, collect = true): void {
    const known = booleans.has(key) || strings.has(key) || same(key).length > 0;
    const flag = options.boolean === true && arg.startsWith("--") && !arg.includes("=");
    if (!known && !flag && options.unknown?.(arg, key, text) === false) return;
    const value = typeof text === "string" && !strings.has(key) && looksNumeric(text) ? Number(text) : text;
    for (const name of [key, ...same(key)]) {
      if (!collect || !collected.has(name)) result[name] = value;
      else result[name] = [...(Array.isArray(result[name]) ? result[name] : []), value];
    }
  }
  /** Sets an option without "=": returns how many of the following arguments it took. */
  function setFromNext(key: string, arg: string, next: string | undefined, nextIsOption: boolean): number {
    const flag = booleans.has(key) || (options.boolean === true && arg.startsWith("--"));
    if (!flag && next && !nextIsOption) return set(key, next, arg), 1;
    if (next === "true" || next === "false") return set(key, next === "true", arg), 1;
    return set(key, strings.has(key) ? "" : true, arg), 0;
  }
  function positional(arg: string): void {
    if (options.unknown?.(arg) === false) return;
    result._.push(!strings.has("_") && looksNumeric(arg) ? Number(arg) : arg);
  }

  const end = args.indexOf("--");
  const parsed = end < 0 ? args : args.slice(0, end);
  const rest = end < 0 ? [] : args.slice(end + 1);
  for (let i = 0; i < parsed.length; i++) {
    const arg = parsed[i]!;
    const next = parsed[i + 1];
    if (/^--./.test(arg)) {
      const [, key, value] = /^--([^]+?)(?:=([^]*))?$/.exec(arg)!;
      if (value !== undefined) set(key!, booleans.has(key!) ? value !== "false" : value, arg);
      else if (key!.startsWith("no-") && negatable.has(key!.slice(3))) set(key!.slice(3), false, arg, false);
      else i += setFromNext(key!, arg, next, /^-/.test(next ?? ""));
    } else if (/^-./.test(arg)) {
      i += setLetters(arg, next);
    } else {
      positional(arg);
      if (options.stopEarly) {
        result._.push(...parsed.slice(i + 1));
        break;
      }
    }
  }

  /** `-abc`: flags a and b, then c as an option of its own; `-n5`, `-n=5` and `-p/path`: n with a value. */
  function setLetters(arg: string, next: string | undefined): number {
    for (let at = 1; at < arg.length - 1; at++) {
      const value = /^(?:=([^]+)|(-?\d+(?:\.\d*)?(?:e-?\d+)?|\W[^]*))$/.exec(arg.slice(at + 1));
      if (value) return set(arg[at]!, value[1] ?? value[2]!, arg), 0;
      set(arg[at]!, strings.has(arg[at]!) ? "" : true, arg);
    }
    return setFromNext(arg.at(-1)!, arg, next, /^--?[^-]/.test(next ?? ""));
  }

  for (const [key, value] of Object.entries(options.default ?? {})) {
    if (!Object.hasOwn(result, key)) { for (const name of [key, ...same(key)]) result[name] = value; }
  }
  for (const key of booleans) if (!Object.hasOwn(result, key)) result[key] = collected.has(key) ? [] : false;
  for (const key of strings) if (!Object.hasOwn(result, key) && collected.has(key)) result[key] = [];
  if (options["--"]) result["--"] = rest;
  else result._.push(...rest);
  return result as Args<WithAliases<WithDefaults<Given<B, S, C, N>, D>, A>, DD>;
}

function list(names: boolean | Names<string> | undefined): readonly string[] {
  if (names === undefined || typeof names === "boolean") return [];
  return typeof names === "string" ? [names] : names;
}

/** For a name, the other names of the same option. */
function sameNames(alias: Aliases): (name: string) => string[] {
  const groups = Object.entries(alias).map(([key, names]) => [key, ...list(names)]);
  return (name) => groups.filter((group) => group.includes(name)).flat().filter((other) => other !== name);
}

function looksNumeric(text: string): boolean {
  return /^(?:0x[0-9a-f]+|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)$/i.test(text);
}
