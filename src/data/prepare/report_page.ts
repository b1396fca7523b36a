/** The report as a web page: one self-contained file without scripts. */
import { escapeMarkup } from "../../formats/markup.ts";
import { plotSvg } from "../../base/plot.ts";
import type { Section } from "./report_sections.ts";

/** Largest number of lines of a section on the page; `report.txt` lists all. */
const mostLines = 200;

const style = `
  :root { color-scheme: light dark; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
  table { border-collapse: collapse; display: block; overflow-x: auto; }
  th, td { text-align: left; padding: .15rem 1.2rem .15rem 0; vertical-align: top; }
  th { font-weight: 600; white-space: nowrap; } td { overflow-wrap: anywhere; } td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  svg, img { max-width: 100%; height: auto; } li { overflow-wrap: anywhere; }`;

/** The report as HTML. @param contact the contact sheet, bytes of a PNG file */
export async function reportPage(title: string, sections: Section[], contact: Uint8Array): Promise<string> {
  const [first = "", ...others] = await Promise.all(sections.map(sectionHtml));
  const sheet = "<h2>The first stories, with the captions and pictures that evaluation uses</h2>\n" +
    `<img alt="Contact sheet: one story in each row" src="data:image/png;base64,${contact.toBase64()}">`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(title)}</title>
<style>${style}
</style>
</head>
<body>
<h1>${escapeMarkup(title)}</h1>
${[first, sheet, ...others].join("\n")}
</body>
</html>
`;
}

async function sectionHtml({ title, table, chart, lines = [] }: Section): Promise<string> {
  const hidden = lines.length - mostLines;
  const shown = hidden > 0 ? [...lines.slice(0, mostLines), `… and ${hidden} more, see report.txt`] : lines;
  return [
    `<h2>${escapeMarkup(title)}</h2>`,
    table ? tableHtml(table) : "",
    chart ? await chartSvg(chart) : "",
    shown.length > 0 ? `<ul>${shown.map((line) => `<li>${escapeMarkup(line)}</li>`).join("\n")}</ul>` : "",
  ].filter((part) => part !== "").join("\n");
}

function tableHtml({ head = [], rows }: NonNullable<Section["table"]>): string {
  const line = (cells: string[]) => `<tr>${cells.join("")}</tr>`;
  const cellHtml = (cell: string | number, i: number) => {
    const text = escapeMarkup(cell.toLocaleString("en-US"));
    if (i === 0) return `<th scope="row">${text}</th>`;
    return typeof cell === "number" && head.length > 0 ? `<td class="number">${text}</td>` : `<td>${text}</td>`;
  };
  const top = head.map((cell) => `<th scope="col">${escapeMarkup(cell)}</th>`);
  return `<table>\n${
    [...(top.length > 0 ? [top] : []), ...rows.map((row) => row.map(cellHtml))].map(line).join("\n")
  }\n</table>`;
}

/** The bars in their order; labels other than short numbers are rotated, because names may be long. */
function chartSvg({ x, y, bars }: NonNullable<Section["chart"]>): Promise<string> {
  const upright = bars.every(({ label }) => /^\d{1,3}$/.test(label));
  return plotSvg({
    data: { values: bars },
    width: 640,
    height: 180,
    mark: "bar",
    encoding: {
      x: { field: "label", type: "ordinal", sort: null, title: x, axis: { labelAngle: upright ? 0 : -45 } },
      y: { field: "count", type: "quantitative", title: y, axis: { tickCount: 5, tickMinStep: 1 } },
    },
  });
}
