/** Notebooks as they lie in git: source only. What a cell showed depends on the machine and the day, and is made again. */

/** The kernel that the notebooks name; `deno task jupyter` provides it. */
export const kernelspec = { display_name: "Storyloom (Deno)", language: "typescript", name: "storyloom" };
const language_info = { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" };

interface Notebook {
  cells: { cell_type: string; metadata?: object; outputs?: unknown[]; execution_count?: number | null }[];
  metadata: Record<string, unknown>;
}

/** The text of a notebook without outputs, execution counts and what an editor noted beside its cells. */
export function cleanNotebook(text: string): string {
  const notebook = JSON.parse(text) as Notebook;
  for (const cell of notebook.cells) {
    cell.metadata = {};
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  notebook.metadata = { kernelspec, language_info };
  return JSON.stringify(notebook, null, 1) + "\n";
}
