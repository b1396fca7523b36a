/**
 * The values of a notebook's parameters: its own defaults, small ones for a quick test, and those of
 * `deno task notebooks NAME --set KEY=VALUE`, which are passed as JSON in the environment. The values used are printed, so
 * that every executed copy records them.
 */
import { distance } from "fastest-levenshtein";
import { knownKeys } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";

/** The environment variable that holds the values of `--set` as one JSON object. */
export const parametersVariable = "STORYLOOM_PARAMETERS";

/** Whether notebooks use their small values (`STORYLOOM_QUICK=1`). */
export const quick: boolean = Deno.env.get("STORYLOOM_QUICK") === "1";

/** The values of `--set` by their key. */
function given(): Record<string, unknown> {
  const text = Deno.env.get(parametersVariable) ?? "{}";
  try {
    const values = JSON.parse(text) as unknown;
    if (values !== null && typeof values === "object" && !Array.isArray(values)) {
      return values as Record<string, unknown>;
    }
  } catch {
    // reported below
  }
  fail(
    `The environment variable ${parametersVariable} must hold a JSON object such as {"train.steps": 50}, not ${text}.`,
  );
}

/**
 * A notebook's parameters: `full`, overridden by `quickOnes` where {@link quick} is set, and by `--set`.
 *
 * @throws UserError for a key of `--set` that neither the notebook nor the configuration has, or a value of a wrong type.
 */
export function parameters<T extends Record<string, unknown>>(full: T, quickOnes: Partial<T>): T {
  const values: Record<string, unknown> = { ...full, ...(quick ? quickOnes : {}) };
  const own = Object.keys(values);
  const ofSet = Object.entries(given());
  for (const [key, value] of ofSet) {
    if (own.includes(key)) values[key] = ofType(key, value, values[key]);
    else if (!knownKeys().includes(key)) failUnknown(key, own);
  }
  for (const key of own) {
    const from = ofSet.some(([name]) => name === key) ? " (--set)" : quick && key in quickOnes ? " (quick)" : "";
    console.log(`${key} = ${JSON.stringify(values[key])}${from}`);
  }
  return values as T;
}

/** The config keys among the values of `--set`, as overrides, e.g. `["train.steps=50"]`. */
export function settings(): string[] {
  const known = knownKeys();
  const overrides = Object.entries(given()).filter(([key]) => known.includes(key))
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  for (const override of overrides) console.log(`${override.replace("=", " = ")} (--set)`);
  return overrides;
}

/** The value, if it has the type of the default. */
function ofType(key: string, value: unknown, like: unknown): unknown {
  const kind = (of: unknown) => Array.isArray(of) ? "list" : typeof of;
  if (kind(value) === kind(like)) return value;
  if (typeof like === "string") return String(value); // --set name=7
  fail(
    `The notebook's parameter "${key}" takes a ${kind(like)} such as ${JSON.stringify(like)}, not ${
      JSON.stringify(value)
    }.`,
  );
}

function failUnknown(key: string, own: string[]): never {
  const nearest = [...own, ...knownKeys()].reduce((a, b) => distance(key, b) < distance(key, a) ? b : a);
  fail(`This notebook has no parameter "${key}", nor has the configuration; the nearest known key is "${nearest}".`);
}
