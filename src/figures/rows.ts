/** The row of a table that a run belongs to, and the titles of rows and systems. */
import type { Config } from "../model/config.ts";
import { paperSystem, systems } from "../model/systems/mod.ts";
import { ablationRows, labelOfModes } from "../study/ablation_rows.ts";
import { readPaper } from "./paper.ts";

/** Titles of the paper's systems, read once. */
let titles: Record<string, string> | undefined;

/** The title of a system: its own, or that of the paper while the kit does not have it, or else its name. */
export function systemTitle(name: string): string {
  titles ??= readPaper().titles;
  return systems().find((system) => system.name === name)?.title ?? titles[name] ?? name;
}

/** The title of a row of Table 2, or of a system. */
export function rowTitle(row: string): string {
  return ablationRows.find(({ label }) => label === row)?.title ?? systemTitle(row);
}

/** Why a run without a row of Table 2 is left out. */
export const noTableRow = "in no row of Table 2";

/** The label of the row of Table 2 that a run is; undefined for another system or other modes of the blocks. */
export function ablationRowOf({ system, model: { db } }: Config): string | undefined {
  return system === paperSystem ? labelOfModes(db as { g: string; d: string }) : undefined;
}

/** The row of Table 2 that a run is, or its system's name; undefined for modes of the blocks that are in no row. */
export function rowOf(config: Config): string | undefined {
  return config.system === paperSystem ? ablationRowOf(config) : config.system;
}
