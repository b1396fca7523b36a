/** The rows of Table 2: which attention the dynamic blocks of generator and discriminator choose from. */
import type { Config } from "../model/config.ts";
import { defaultSystem } from "../model/systems/mod.ts";

/** A row: what it is called, and the settings that make it. */
export interface Row {
  label: string;
  title: string;
  set: string[];
}

const db = (g: string, d: string) => [`model.db.g=${g}`, `model.db.d=${d}`];

/** The ablation in the paper's order; labels are those of `data/paper/tables.json`. */
export const ablationRows: Row[] = [
  { label: "ours-no-attention", title: "no attention", set: db("none", "none") },
  { label: "ours-sa-only", title: "self-attention only", set: db("sa", "sa") },
  { label: "ours-wsa-only", title: "word attention only", set: db("wsa", "wsa") },
  { label: "ours-no-db-in-g", title: "no dynamic block in G", set: db("none", "both") },
  { label: "ours-no-db-in-d", title: "no dynamic block in D", set: db("both", "none") },
  { label: "ours", title: "full model", set: db("both", "both") },
];

/** The row of Table 2 that a configuration is; undefined for another system or another mix of blocks. */
export function rowOf({ system, model }: Config): string | undefined {
  if (system !== defaultSystem) return undefined;
  const { g, d } = model.db as { g: string; d: string };
  return ablationRows.find(({ set }) => set.join() === db(g, d).join())?.label;
}
