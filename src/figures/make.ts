/**
 * Makes figures one after another and writes each as files `NAME.csv`, `NAME.svg`, …, which are replaced atomically.
 */
import { fail, UserError } from "../base/errors.ts";
import { reason, writeAtomic } from "../base/files.ts";
import { type Figure, type FigureInput, type FigureOutput, MissingData } from "./figure.ts";
import type { LeftOut } from "./left_out.ts";
import { specSvg, svgPng, themed } from "./render/render.ts";
import { tableSvg } from "./render/table_picture.ts";
import { latexTable, markdownTable } from "./render/text_table.ts";

/** The result for one figure: the files that were written and the runs left out, or the reason why there are none. */
export type Made =
  | { name: string; files: string[]; left: LeftOut[] }
  | { name: string; skipped: string }
  | { name: string; failed: string };

/** Settings of {@link makeFigures}. */
export interface MakeOptions {
  /** The folder of the files, made where it is missing. */
  out: string;
  /** Whether a figure that cannot be made is skipped; otherwise it is an error. */
  skip: boolean;
  /** Called after each figure. */
  onMade?: (made: Made) => void;
}

/**
 * Makes figures from one input. Existing files of a figure that cannot be made are kept.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readRuns, referenceRoot } from "../records/read.ts";
 * import { makeFigures } from "./make.ts";
 * import { figureByName } from "./mod.ts";
 * import { readPaper } from "./paper.ts";
 *
 * const input = { runs: readRuns([referenceRoot]), paper: readPaper() };
 * const out = await Deno.makeTempDir();
 * const [made] = await makeFigures([figureByName("table-2")], input, { out, skip: false });
 * assertEquals(made, {
 *   name: "table-2",
 *   files: ["table-2.csv", "table-2.md", "table-2.tex", "table-2.svg", "table-2.png"],
 *   left: "left" in made! ? made.left : [],
 * });
 * await Deno.remove(out, { recursive: true });
 * ```
 *
 * @returns one result for each figure, in their order.
 * @throws UserError where the folder cannot be made, or a figure cannot be made and `skip` is false.
 */
export async function makeFigures(figures: Figure[], input: FigureInput, options: MakeOptions): Promise<Made[]> {
  const { out, skip, onMade } = options;
  try {
    Deno.mkdirSync(out, { recursive: true });
  } catch (error) {
    fail(`Cannot make the folder "${out}": ${reason(error)}.`, error);
  }
  const all: Made[] = [];
  for (const { name, make } of figures) {
    let made: Made;
    try {
      const output = await make(input);
      const files = await filesOf(name, output);
      for (const [file, content] of Object.entries(files)) writeAtomic(`${out}/${file}`, content);
      made = { name, files: Object.keys(files), left: output.left ?? [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!skip) fail(`The figure "${name}" cannot be made: ${error.message}`, error);
      made = error instanceof MissingData ? { name, skipped: error.message } : { name, failed: error.message };
    }
    all.push(made);
    onMade?.(made);
  }
  return all;
}

/** The contents of all files of a figure, by file name. */
export async function filesOf(name: string, output: FigureOutput): Promise<Record<string, string | Uint8Array>> {
  const { table, spec } = output;
  const svg = spec ? await specSvg(themed(spec)) : output.svg ?? (table && tableSvg(table));
  const png = output.png ?? (svg === undefined ? undefined : await svgPng(svg));
  return named(name, { ...textsOf(output), svg, png });
}

/** The contents of a figure's text files (CSV, Markdown, LaTeX, Vega-Lite) by file name: all that a check compares. */
export function textFilesOf(name: string, output: FigureOutput): Record<string, string> {
  return named(name, textsOf(output));
}

function textsOf({ csv, table, spec }: FigureOutput) {
  return {
    csv,
    md: table && markdownTable(table),
    tex: table && latexTable(table),
    "vl.json": spec && JSON.stringify(themed(spec), null, 2) + "\n",
  };
}

/** Contents by file name instead of by ending; undefined ones are left out. */
function named<C>(name: string, contents: Record<string, C | undefined>): Record<string, C> {
  return Object.fromEntries(
    Object.entries(contents).flatMap(([ending, content]) =>
      content === undefined ? [] : [[`${name}.${ending}`, content]]
    ),
  );
}
