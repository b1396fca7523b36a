/** The rows of Table 2: which attentions the dynamic blocks of generator and discriminator select from. */
import type { StudyRow } from "./study.ts";

const db = (g: string, d: string) => [`model.db.g=${g}`, `model.db.d=${d}`];

/** Label of the row that all others are compared with. Labels are those of `data/paper/tables.json`. */
export const fullModel = "ours";
/** Label of the row whose every dynamic block attends to words. */
export const wordAttentionOnly = "ours-wsa-only";

/**
 * The ablation in the paper's order. `none` removes a block with its convolution; the row after it, which the paper does
 * not have, keeps the convolution, so that only attention differs from the rows below it.
 */
export const ablationRows: StudyRow[] = [
  { label: "ours-no-attention", title: "no attention", set: db("none", "none") },
  { label: "ours-identity", title: "blocks without attention (h = a)", set: db("identity", "identity") },
  { label: "ours-sa-only", title: "self-attention only", set: db("sa", "sa") },
  { label: wordAttentionOnly, title: "word attention only", set: db("wsa", "wsa") },
  { label: "ours-no-db-in-g", title: "no dynamic block in G", set: db("none", "both") },
  { label: "ours-no-db-in-d", title: "no dynamic block in D", set: db("both", "none") },
  { label: fullModel, title: "full model", set: db("both", "both") },
];

/** The label of the row with these modes of the dynamic blocks (`model.db`); undefined for modes that are in no row. */
export function labelOfModes({ g, d }: { g: string; d: string }): string | undefined {
  return ablationRows.find(({ set }) => set.join() === db(g, d).join())?.label;
}
