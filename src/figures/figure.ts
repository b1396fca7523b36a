/**
 * The type of a figure: a name and a function from recorded runs to data and drawing.
 *
 * Each figure is one file, which exports one `Figure`. Its `make` gets the recorded runs and returns its numbers (CSV)
 * and a table, a Vega-Lite specification or an SVG; `make.ts` renders, converts and writes them. A figure contains no
 * number typed in by hand: the paper's numbers come from `data/paper`, all others from the records.
 */
import type { TopLevelSpec } from "vega-lite";
import { UserError } from "../base/errors.ts";
import type { RunRecord } from "../records/read.ts";
import type { LeftOut } from "./left_out.ts";
import type { PaperTables } from "./paper.ts";
import type { PrintedTable } from "./render/text_table.ts";

/** The input of every figure. */
export interface FigureInput {
  runs: RunRecord[];
  paper: PaperTables;
}

/** The output of a figure; each entry becomes one or two files `NAME.…`. */
export interface FigureOutput {
  /** Every number or item that is shown, as CSV. */
  csv: string;
  /** A table: NAME.md, NAME.tex and, without `spec` and `svg`, NAME.svg and NAME.png. */
  table?: PrintedTable;
  /** A chart without theme: NAME.vl.json (with theme), NAME.svg and NAME.png. */
  spec?: TopLevelSpec;
  /** A drawing: NAME.svg and NAME.png, without `spec`. Its text must use the font of `theme.ts`. */
  svg?: string;
  /** NAME.png, where it is not to be rendered from the SVG. */
  png?: Uint8Array;
  /** Runs of the input that are not shown; the task names them. */
  left?: LeftOut[];
}

/** A figure or table, of the paper or of this kit alone. */
export interface Figure {
  /** Its name on the command line and in file names, e.g. `table-2`. */
  name: string;
  title: string;
  /** The data that it is made from, with the commands that produce them; shown by `--list`. */
  sources: string;
  /** @throws MissingData where the input lacks data that the figure shows. */
  make(input: FigureInput): Promise<FigureOutput>;
}

/** The records lack data that a figure shows; the message gives the command that produces them. */
export class MissingData extends UserError {
  override name = "MissingData";
}

/** Throws {@link MissingData}. @param message What is missing, and the command that produces it. */
export function missing(message: string): never {
  throw new MissingData(message);
}
