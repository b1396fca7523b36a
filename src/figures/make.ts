/** Making figures: one after another, each as files `NAME.csv`, `NAME.svg`, … that are replaced as a whole. */
import { fail, UserError } from "../base/errors.ts";
import { reason, writeAtomic } from "../base/files.ts";
import { type Figure, type FigureInput, type FigureOutput, MissingData } from "./figure.ts";
import { specSvg, svgPng, themed } from "./render/render.ts";
import { tableSvg } from "./tables/table_picture.ts";
import { latexTable, markdownTable } from "./tables/text_table.ts";

/** What became of a figure: the files that were written, or why there are none. */
export type Made =
  | { name: string; files: string[] }
  | { name: string; skipped: string }
  | { name: string; failed: string };

/** Settings of {@link makeFigures}. */
export interface MakeOptions {
  /** The folder, made where it is missing. */
  out: string;
  /** Whether a figure that cannot be drawn is passed over; it is an error where not. */
  skip: boolean;
  /** Hears of each figure when it is done. */
  onMade?: (made: Made) => void;
}

/**
 * Makes figures from one input. Files of a figure that cannot be drawn stay as they are.
 *
 * @throws UserError where a figure cannot be drawn and is not to be passed over.
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
      const files = await filesOf(name, await make(input));
      for (const [file, content] of Object.entries(files)) writeAtomic(`${out}/${file}`, content);
      made = { name, files: Object.keys(files) };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      if (!skip) fail(`The figure "${name}" cannot be drawn: ${error.message}`, error);
      made = error instanceof MissingData ? { name, skipped: error.message } : { name, failed: error.message };
    }
    all.push(made);
    onMade?.(made);
  }
  return all;
}

/** The files of a figure, by name. */
export async function filesOf(name: string, output: FigureOutput): Promise<Record<string, string | Uint8Array>> {
  const { table, spec } = output;
  const svg = spec ? await specSvg(themed(spec)) : output.svg ?? (table && tableSvg(table));
  const png = output.png ?? (svg === undefined ? undefined : await svgPng(svg));
  return named(name, { ...textsOf(output), svg, png });
}

/** The files that hold numbers and words, by name: what tells whether a figure is still what its runs say. */
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

/** Contents by ending as files by name; those that are not there are left out. */
function named<C>(name: string, contents: Record<string, C | undefined>): Record<string, C> {
  return Object.fromEntries(
    Object.entries(contents).flatMap(([ending, content]) =>
      content === undefined ? [] : [[`${name}.${ending}`, content]]
    ),
  );
}
