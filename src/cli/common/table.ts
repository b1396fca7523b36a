/** Plain tables for the terminal, without colours, so that a log or a diff contains the same text. */
import Table from "cli-table3";

const widest = 64; // characters; longer text of a column wraps

/** A table as text; a cell with line breaks takes several lines. `dense` omits the rules between rows. */
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
