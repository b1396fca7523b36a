/** Plain tables for the terminal: no colours, so that a log or a diff shows the same. */
import Table from "cli-table3";

const widest = 64; // characters of a column before its text wraps

/** A table as text; a cell with line breaks takes several lines. `dense` leaves out the rules between rows. */
export function table(head: string[], rows: string[][], { dense = false } = {}): string {
  const width = (column: number) =>
    Math.max(...[head, ...rows].flatMap((row) => row[column]!.split("\n").map((line) => line.length)));
  const plain = new Table({
    head,
    style: { head: [], border: [] },
    colWidths: head.map((_, column) => Math.min(width(column), widest) + 2), // with a blank on each side
    wordWrap: true,
    ...(dense ? { chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" } } : {}),
  });
  plain.push(...rows);
  return plain.toString();
}
