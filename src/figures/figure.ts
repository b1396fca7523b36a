/**
 * What a figure is: a name and a function from records to data and drawing.
 *
 * One file of this room exports one figure. It gets runs that were read back and gives its numbers (CSV), the tables as
 * text, and either a Vega-Lite specification or a drawing of its own; the frame draws, converts and writes. A figure
 * holds no number that was typed in: the paper's come from `data/paper`, all others from the records.
 */
import type { TopLevelSpec } from "vega-lite";
import { UserError } from "../base/errors.ts";
import type { RunRecord } from "../records/read.ts";
import type { PaperTables } from "./paper.ts";
import type { Printed } from "./tables/text_table.ts";

/** What every figure is made from. */
export interface FigureInput {
  runs: RunRecord[];
  paper: PaperTables;
}

/** What a figure gives, each a file `NAME.…`. */
export interface FigureOutput {
  /** Every number or item that is shown. */
  csv: string;
  /** A table, printed as NAME.md and NAME.tex and, where there is no other drawing, drawn. */
  table?: Printed;
  /** A chart: written with the theme as NAME.vl.json, and drawn. */
  spec?: TopLevelSpec;
  /** A drawing of its own, where there is no `spec`; letters are to be of `theme.ts`'s font. */
  svg?: string;
  /** A picture of its own, where the drawing is not what becomes the PNG. */
  png?: Uint8Array;
}

/** A figure or table of the paper, or beside it. */
export interface Figure {
  /** As the command line and the files call it: `table-2`. */
  name: string;
  title: string;
  /** What it is drawn from, and the command that makes it; shown by `--list`. */
  needs: string;
  /** @throws MissingData where the input lacks what it needs. */
  make(input: FigureInput): Promise<FigureOutput>;
}

/** The records lack what a figure shows; the message says what to run. */
export class MissingData extends UserError {
  override name = "MissingData";
}

/** Throws {@link MissingData}: what is missing, and what to run. */
export function missing(message: string): never {
  throw new MissingData(message);
}
