/** The systems of Table 1 that can be trained, by the name that the configuration uses. */
import { fail } from "../../base/errors.ts";
import { ours } from "./ours/mod.ts";
import type { System } from "../contract.ts";

export const defaultSystem = "ours";
const systems: System[] = [ours];

/** @throws UserError for a name that is not in the registry, with those that are. */
export function systemByName(name: string): System {
  return systems.find((system) => system.name === name) ??
    fail(`Unknown system "${name}"; the systems are ${systems.map((system) => system.name).join(", ")}.`);
}
