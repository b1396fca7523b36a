/** The systems that can be trained, by the name that the configuration uses. */
import type { SharedConfig } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import type { StorySystem } from "../contract.ts";
import { ours } from "./ours/mod.ts";

const registered: StorySystem[] = [ours];

/** The system of the paper, whose ablation is Table 2 and whose structure is Figure 1. */
export const paperSystem: string = ours.name;

/** The system that is trained where the configuration names none. */
export const defaultSystem: string = paperSystem;

/** Every system. */
export const systems = (): readonly StorySystem[] => registered;

export const systemNames = (): string[] => registered.map(({ name }) => name);

/**
 * Registers a system for this process, so that `system=NAME` selects it.
 *
 * @throws UserError when its name is taken.
 */
export function registerSystem(system: StorySystem): void {
  if (systemNames().includes(system.name)) fail(`There is a system "${system.name}" already; choose another name.`);
  registered.push(system);
}

/** @throws UserError for a name that is not registered, with those that are. */
export function systemByName(name: string): StorySystem {
  return registered.find((system) => system.name === name) ??
    fail(`Unknown system "${name}"; the systems are ${systemNames().join(", ")}.`);
}

/** Trainable parameters of a system's networks. */
export function countNetworks(config: SharedConfig): Record<"generator" | "discriminator", number> {
  const { parts } = systemByName(config.system).architecture(config);
  const count = (network: string) =>
    parts.filter((part) => part.network === network).reduce((sum, { parameters }) => sum + parameters, 0);
  return { generator: count("generator"), discriminator: count("discriminator") };
}
