/** The numbers of the paper's Tables 1 to 3, read from `data/paper/tables.json`. */
import { z } from "zod";
import { fail } from "../base/errors.ts";
import { projectRoot, readJson } from "../base/files.ts";

const numbers = z.array(z.number().nullable());
const better = z.array(z.enum(["lower", "higher"]));
const columns = z.array(z.string());

const schema = z.object({
  source: z.string(),
  /** The systems of Table 1 as the paper writes them; its own is called Ours. */
  titles: z.record(z.string(), z.string()),
  table1: z.object({ columns, better, rows: z.record(z.string(), numbers) }),
  table2: z.object({ columns, better, rows: z.record(z.string(), numbers) }),
  table3: z.object({ columns, unit: z.string(), rows: z.record(z.string(), numbers) }),
}).refine(
  (tables) =>
    [tables.table1, tables.table2, tables.table3].every((table) =>
      Object.values(table.rows).every((row) => row.length === table.columns.length)
    ),
  "a row must have one number (or null) for each column",
);

/** Tables 1 to 3: rows by key, each with one number (or null) for each column. */
export type PaperTables = z.infer<typeof schema>;

/**
 * Reads the paper's tables.
 *
 * @throws UserError where the file is missing or does not have the structure that its readme describes.
 */
export function readPaper(path: string = `${projectRoot}/data/paper/tables.json`): PaperTables {
  const result = schema.safeParse(readJson(path));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const at = issue.path.join(".") || "(top level)";
  fail(`"${path}" is not valid at "${at}": ${issue.message}; data/paper/readme.md describes the file.`);
}

/**
 * The number in a row and column.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { paperValue, readPaper } from "./paper.ts";
 *
 * assertEquals(paperValue(readPaper().table2, "ours-sa-only", "pororo.fid"), 63.87);
 * ```
 *
 * @returns null where the paper has no number, or no such row.
 * @throws Error for a column that the table does not have.
 */
export function paperValue(
  table: { columns: string[]; rows: Record<string, (number | null)[]> },
  row: string,
  column: string,
): number | null {
  const at = table.columns.indexOf(column);
  if (at < 0) throw new Error(`The paper's table has no column "${column}".`);
  return table.rows[row]?.[at] ?? null;
}
