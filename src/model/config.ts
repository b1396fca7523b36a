/**
 * Whole configurations: the keys of every trainable network and of one system, resolved from preset and overrides.
 */
import { fail } from "../base/errors.ts";
import {
  applyOverride,
  checkTree,
  configSchema,
  fillBefore,
  keysOf,
  presetTree,
  readOverride,
  type Settings,
  type SharedConfig,
} from "../base/config.ts";
import { type ClassifierConfig, classifierSettings } from "./classifier/settings.ts";
import { type DamsmConfig, damsmSettings } from "./damsm/settings.ts";
import { defaultSystem, systemNames, systems } from "./systems/mod.ts";

/** A resolved configuration. `model`, `loss` and further keys of `train` are the system's own, see its settings. */
export type Config =
  & SharedConfig
  & DamsmConfig
  & ClassifierConfig
  & Record<"model" | "loss", Record<string, unknown>>
  & { train: Record<string, unknown> };

/**
 * Resolves a configuration: defaults, then the preset, then `overrides` such as `["train.steps=100"]`, in that order.
 *
 * @throws UserError for an unknown key (naming the nearest known one), a wrong type or a value out of range.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { resolveConfig } from "./config.ts";
 *
 * const config = resolveConfig("tiny", ["train.steps=100", "seed=2"]);
 * assertEquals([config.train.steps, config.seed, config.data.words], [100, 2, 25]); // 25 by the preset
 * ```
 */
export function resolveConfig(preset: string, overrides: string[] = []): Config {
  const read = overrides.map(readOverride);
  const system = read.findLast(({ key }) => key === "system")?.value;
  const known = knownKeys(String(system ?? defaultSystem));
  const tree = presetTree(preset, settingsOf(String(system ?? defaultSystem)));
  for (const override of read) {
    refuseForeignKey(override.key, String(system ?? defaultSystem), known);
    applyOverride(tree, override, known);
  }
  return check(tree);
}

/**
 * Checks a recorded configuration, e.g. a run's config.json. A key that it lacks, because it is older, gets the value
 * that the run was trained with.
 *
 * @throws UserError as `resolveConfig` does.
 */
export function validateConfig(tree: unknown): Config {
  return check(fillBefore(tree, settingsOf(systemOf(tree))));
}

const systemOf = (tree: unknown) => String((tree as { system?: unknown } | null)?.system ?? defaultSystem);

function check(tree: unknown): Config {
  // A schema that is put together at run time has no static type; each part of Config is inferred from its section.
  return checkTree(tree, schemaOf(systemOf(tree))) as unknown as Config;
}

/** The values, by key, that runs older than these keys of a system were trained with, where they are not the default. */
export function valuesBefore(system: string): Record<string, unknown> {
  return Object.assign({}, ...settingsOf(system).map(({ before = {} }) => before));
}

/** Every key of a system's configuration, e.g. "train.batch". */
export function knownKeys(system: string = defaultSystem): string[] {
  return keysOf(schemaOf(system));
}

/** @throws UserError for a key that another system has. */
function refuseForeignKey(key: string, system: string, known: string[]): void {
  if (known.includes(key)) return;
  const owner = systemNames().find((name) => name !== system && knownKeys(name).includes(key));
  if (owner !== undefined) {
    fail(`Config key "${key}" belongs to the system "${owner}", and this run's system is "${system}".`);
  }
}

function schemaOf(system: string) {
  return configSchema(settingsOf(system), systemNames(), defaultSystem);
}

/**
 * What is added to the shared keys; for an unknown system the default one's, so that the schema can name the choices.
 */
function settingsOf(system: string): Settings[] {
  const own = systems().find(({ name }) => name === system) ?? systems()[0]!;
  return [damsmSettings, classifierSettings, own.settings];
}
