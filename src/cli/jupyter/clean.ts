/** Notebooks as stored in git: sources without outputs, which differ from machine to machine. */

/** The kernel that the notebooks ask for; `deno task jupyter` installs it. */
export const kernelspec = { display_name: "Storyloom (Deno)", language: "typescript", name: "storyloom" };
const language_info = { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" };

interface Notebook {
  cells: { cell_type: string; metadata?: object; outputs?: unknown[]; execution_count?: number | null }[];
  metadata: Record<string, unknown>;
}

/** Removes outputs, execution counts and the metadata that editors add from the text of a notebook. */
export function cleanNotebook(text: string): string {
  const notebook = JSON.parse(text) as Notebook;
  for (const cell of notebook.cells) {
    cell.metadata = {};
    if (cell.cell_type === "code") Object.assign(cell, { outputs: [], execution_count: null });
  }
  notebook.metadata = { kernelspec, language_info };
  return JSON.stringify(notebook, null, 1) + "\n";
}
