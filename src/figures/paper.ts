/** The paper's own numbers, as `data/paper/tables.json` holds them. */
import { z } from "zod";
import { fail } from "../base/errors.ts";
import { projectRoot, readJson } from "../base/files.ts";

const numbers = z.array(z.number().nullable());
const better = z.array(z.enum(["lower", "higher"]));
const columns = z.array(z.string());

const schema = z.object({
  source: z.string(),
  table1: z.object({ columns, better, rows: z.record(z.string(), numbers) }),
  table2: z.object({ columns, better, rows: z.record(z.string(), numbers) }),
  table3: z.object({ columns, unit: z.string(), rows: z.record(z.string(), numbers) }),
}).refine(
  (tables) =>
    [tables.table1, tables.table2, tables.table3].every((table) =>
      Object.values(table.rows).every((row) => row.length === table.columns.length)
    ),
  "a row has not as many numbers as the table has columns",
);

/** Tables 1 to 3: rows by key, each with a number (or null) a column. */
export type PaperTables = z.infer<typeof schema>;

/** @throws UserError where the file is missing or not as described in its readme. */
export function readPaper(path: string = `${projectRoot}/data/paper/tables.json`): PaperTables {
  const result = schema.safeParse(readJson(path));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  fail(`"${path}" is not as it should be at "${issue.path.join(".") || "(all of it)"}": ${issue.message}.`);
}

/** The number of a row and column; null where the paper has none. @throws Error for a column that is not there. */
export function paperValue(
  table: { columns: string[]; rows: Record<string, (number | null)[]> },
  row: string,
  column: string,
): number | null {
  const at = table.columns.indexOf(column);
  if (at < 0) throw new Error(`The paper's table has no column "${column}".`);
  return table.rows[row]?.[at] ?? null;
}
