/** The report as text for the terminal. */
import type { Section } from "./report_sections.ts";

const barWidth = 50;

/** The report as text, with lines of about a hundred characters. */
export function reportText(title: string, sections: Section[]): string {
  return [`${heading(title, "=")}\n`, ...sections.map(sectionText)].join("\n");
}

function sectionText({ title, table, chart, lines = [] }: Section): string {
  const parts = [
    ...(table ? columns(table) : []),
    ...(chart ? bars(chart) : []),
    ...lines.map((line) => `- ${oneLine(line)}`),
  ];
  return [heading(title, "-"), ...parts.map((line) => `  ${line}`.trimEnd())].join("\n") + "\n";
}

function heading(title: string, line: string): string {
  return `${oneLine(title)}\n${line.repeat(title.length)}`;
}

/** Aligns the cells of a table; columns of numbers below a header are aligned to the right. */
function columns({ head, rows }: NonNullable<Section["table"]>): string[] {
  const isNumber = (i: number) => head !== undefined && rows.every((row) => typeof row[i] === "number");
  const texts = [...(head ? [head] : []), ...rows.map((row) => row.map(cell))];
  const widths = texts[0]!.map((_, i) => Math.max(...texts.map((row) => row[i]!.length)));
  return texts.map((row) =>
    row.map((text, i) => isNumber(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)).join("   ")
  );
}

function bars({ x, y, bars }: NonNullable<Section["chart"]>): string[] {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const width = Math.max(x.length, ...bars.map(({ label }) => oneLine(label).length));
  const digits = Math.max(y.length, cell(most).length);
  return [
    `${x.padStart(width)}   ${y.padStart(digits)}`,
    ...bars.map(({ label, count }) => {
      const length = Math.ceil(barWidth * count / most); // at least one block for a count above 0
      return `${oneLine(label).padStart(width)}   ${cell(count).padStart(digits)}  ${"█".repeat(length)}`;
    }),
  ];
}

function cell(value: string | number): string {
  return typeof value === "number" ? value.toLocaleString("en-US") : oneLine(value);
}

/** Replaces line ends and control characters, which could move the cursor of a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
