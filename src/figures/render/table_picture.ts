/** A table as an SVG, for slides and notebooks. */
import { escapeMarkup } from "../../formats/markup.ts";
import { type Face, textWidth, wrapText } from "./fonts.ts";
import { groupsOf, type PrintedTable } from "./text_table.ts";
import { fontFamily, ground, ink } from "./theme.ts";

const size = 11; // font size, pixels
const lineHeight = 17;
const gap = 22; // between columns
const margin = 12;
const titleSize = 14;
/** Width of the notes below a narrower table. */
const leastNoteWidth = 620;

/**
 * The table as SVG: title, column heads with their groups, rows between horizontal rules (as booktabs), notes below.
 */
export function tableSvg({ title, columns, rows, notes }: PrintedTable): string {
  const heads = columns.map(({ title }) => title.replace(/(?<=\w)\[/, "\n[").split("\n"));
  const groups = groupsOf(columns);
  const widths = columns.map((_, i) => Math.max(...[...heads[i]!, ...rows.map((row) => row[i]!)].map((t) => wide(t))));
  for (const { title, start, span } of groups) {
    const room = widths.slice(start, start + span).reduce((sum, width) => sum + width + gap, -gap);
    widths[start + span - 1]! += Math.max(0, wide(title) - room);
  }
  const lefts = widths.map((_, i) => margin + widths.slice(0, i).reduce((sum, width) => sum + width + gap, 0));
  const right = lefts.at(-1)! + widths.at(-1)!;
  const noteWidth = Math.max(right - margin, leastNoteWidth);

  const parts: string[] = [];
  const write = (text: string, x: number, y: number, anchor = "start", face: Face = "normal", letters = size) =>
    text === "" ? 0 : parts.push(
      `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" font-size="${letters}"` +
        `${face === "bold" ? ' font-weight="bold"' : ""}>${escapeMarkup(text)}</text>`,
    );
  const rule = (from: number, to: number, y: number, thick: number) =>
    parts.push(`<path d="M${short(from)},${short(y)}H${short(to)}" stroke="${ink}" stroke-width="${thick}"/>`);
  const cell = (text: string, i: number, y: number) =>
    columns[i]!.align === "right" ? write(text, lefts[i]! + widths[i]!, y, "end") : write(text, lefts[i]!, y);

  let y = margin + titleSize;
  write(title, margin, y, "start", "bold", titleSize);
  y += 14;
  rule(margin, right, y, 1.5);
  if (groups.some(({ title }) => title !== "")) {
    y += lineHeight;
    for (const { title, start, span } of groups) {
      if (title === "") continue;
      const [from, to] = [lefts[start]!, lefts[start + span - 1]! + widths[start + span - 1]!];
      write(title, (from + to) / 2, y, "middle");
      rule(from, to, y + 5, 0.6);
    }
    y += 4;
  }
  const tall = Math.max(...heads.map((head) => head.length));
  heads.forEach((head, i) => head.forEach((line, j) => cell(line, i, y + lineHeight * (tall - head.length + j + 1))));
  y += lineHeight * tall + 6;
  rule(margin, right, y, 0.8);
  for (const row of rows) {
    y += lineHeight;
    row.forEach((text, i) => cell(text, i, y));
  }
  rule(margin, right, y += 7, 1.5);
  y += 4;
  const lines = notes.flatMap((note) => wrapText(note.replaceAll("`", ""), noteWidth, size));
  for (const line of lines) write(line, margin, y += lineHeight - 2);

  const widest = Math.max(right - margin, textWidth(title, titleSize, "bold"), ...lines.map(wide));
  const width = Math.ceil(widest + 2 * margin);
  const height = Math.ceil(y + margin);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"` +
    ` font-family="${fontFamily}" fill="${ink}">`,
    `<rect width="${width}" height="${height}" fill="${ground}"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

const wide = (text: string) => textWidth(text, size);
const short = (pixels: number) => String(Math.round(100 * pixels) / 100);
