/** Feature networks by name. */
import { fail } from "../base/errors.ts";
import type { FeatureNetwork } from "./features.ts";

export const networkNames: string[] = [];

/** Opens a network. */
export function openNetwork(name: string, _options: { weights?: string; root?: string } = {}): FeatureNetwork {
  fail(`There is no network "${name}".`);
}
