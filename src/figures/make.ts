/** Making figures: one after another, each as files `NAME.csv`, `NAME.svg`, … that are replaced as a whole. */
import { fail } from "../base/errors.ts";
import { reason, writeAtomic } from "../base/files.ts";
import { type Figure, type FigureInput, type FigureOutput, MissingData } from "./figure.ts";
import { specSvg, svgPng, themed } from "./render.ts";

/** What became of a figure: the files that were written, or why there are none. */
export type Made = { name: string; files: string[] } | { name: string; skipped: string };

/** Settings of {@link makeFigures}. */
export interface MakeOptions {
  /** The folder, made where it is missing. */
  out: string;
  /** Whether a figure without its data is passed over, not an error. */
  skip: boolean;
  /** Hears of each figure when it is done. */
  onMade?: (made: Made) => void;
}

/**
 * Makes figures from one input. Files of a figure that is skipped stay as they are.
 *
 * @throws UserError where a figure lacks its data and is not to be skipped, or a file cannot be written.
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
      if (!(error instanceof MissingData)) throw error;
      if (!skip) fail(`The figure "${name}" cannot be drawn: ${error.message}`, error);
      made = { name, skipped: error.message };
    }
    all.push(made);
    onMade?.(made);
  }
  return all;
}

/** The files of a figure, by name. */
export async function filesOf(name: string, output: FigureOutput): Promise<Record<string, string | Uint8Array>> {
  const { csv, markdown, latex, spec } = output;
  const whole = spec && themed(spec);
  const svg = whole ? await specSvg(whole) : output.svg;
  const png = output.png ?? (svg === undefined ? undefined : await svgPng(svg));
  const files = {
    csv,
    md: markdown,
    tex: latex,
    "vl.json": whole && JSON.stringify(whole, null, 2) + "\n",
    svg,
    png,
  };
  return Object.fromEntries(
    Object.entries(files).flatMap(([ending, content]) => content === undefined ? [] : [[`${name}.${ending}`, content]]),
  );
}
