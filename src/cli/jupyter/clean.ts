/** Notebooks as stored in git: formatted sources without outputs, which differ from machine to machine. */
import { projectRoot } from "../../base/files.ts";

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

/** Formats text as `deno fmt` does; of notebooks it formats only what comes from its standard input. */
export async function formatted(text: string, ending: "ipynb" | "md"): Promise<string> {
  const formatter = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", ending, "-"],
    cwd: projectRoot, // deno.json with the width of a line
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const [{ success, stdout }] = await Promise.all([
    formatter.output(),
    new Blob([text]).stream().pipeTo(formatter.stdin),
  ]);
  if (!success) throw new Error(`deno fmt could not read the ${ending} text; its message stands above`);
  return new TextDecoder().decode(stdout);
}
