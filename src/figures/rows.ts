/** The row of a table that a run belongs to, and the titles of rows and systems. */
import type { Config } from "../model/config.ts";
import { defaultSystem } from "../model/systems/mod.ts";
import { ablationRows, labelOfModes } from "../study/ablation_rows.ts";

/** Titles of the systems of Table 1, as the paper writes them. */
const titles: Record<string, string> = {
  storygan: "StoryGAN",
  "cp-csv": "CP-CSV",
  duco: "DUCO",
  vlc: "VLC",
  [defaultSystem]: "Ours",
};

/** The title of a system; a system that is not in the paper has its name for a title. */
export const systemTitle = (name: string): string => titles[name] ?? name;

/** The title of a row of Table 2, or of a system. */
export function rowTitle(row: string): string {
  return ablationRows.find(({ label }) => label === row)?.title ?? systemTitle(row);
}

/** The label of the row of Table 2 that a run is; undefined for another system or other modes of the blocks. */
export function ablationRowOf({ system, model: { db } }: Config): string | undefined {
  return system === defaultSystem ? labelOfModes(db as { g: string; d: string }) : undefined;
}

/** The row of Table 2 that a run is, or its system's name; undefined for modes of the blocks that are in no row. */
export function rowOf(config: Config): string | undefined {
  return config.system === defaultSystem ? ablationRowOf(config) : config.system;
}
