/** What charts share: title with caption, and the colour, dash and shape of each row. */
import { ablationRows } from "../../study/ablation_rows.ts";
import { wrapText } from "../render/fonts.ts";
import { colours } from "../render/theme.ts";

/** A chart's title, and its notes as the subtitle, both wrapped to the width of the chart (pixels). */
export function titled(title: string, notes: string[], width: number): { text: string[]; subtitle: string[] } {
  return {
    text: wrapText(title, width, 14, "bold"),
    subtitle: notes.flatMap((note) => wrapText(note.replaceAll("`", ""), width, 11)),
  };
}

/**
 * The property `point` of a line mark: dots where a line has a single point, which would show nothing without one.
 *
 * @param lines The line that each point belongs to.
 */
export function dotted(lines: string[]): { point?: true } {
  const single = [...Map.groupBy(lines, (line) => line).values()].some((points) => points.length === 1);
  return single ? { point: true } : {};
}

const dashes = [[1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [4, 4], [10, 3], [1, 3], [3, 1]];
const shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke", "triangle-left"];

/** A scale from titles of rows to values of a list; a row of Table 2 has the same value in every figure. */
function scale<T>(rows: string[], list: T[]): { domain: string[]; range: T[] } {
  const known = ablationRows.map(({ title }) => title).reverse(); // the full model first
  const others = rows.filter((row) => !known.includes(row));
  const position = (row: string) => known.includes(row) ? known.indexOf(row) : known.length + others.indexOf(row);
  return { domain: rows, range: rows.map((row) => list[position(row) % list.length]!) };
}

/** Scales for the channels `color`, `strokeDash` and `shape` over the titles of the shown rows. */
export const colourScale = (rows: string[]) => scale(rows, colours);
export const dashScale = (rows: string[]) => scale(rows, dashes);
export const shapeScale = (rows: string[]) => scale(rows, shapes);
