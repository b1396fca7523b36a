/** Plots, pictures and tables in the media types that JupyterLab, VS Code, nbconvert and GitHub show. */
import { Buffer } from "node:buffer";
import type { Config, TopLevelSpec } from "vega-lite";
import { escapeMarkup } from "../../formats/markup.ts";
import { plotSvg } from "../../base/plot.ts";
import { table } from "../common/table.ts";
import { type Bundle, show } from "./display.ts";

/**
 * Dark text on white, because the page of a notebook may be dark. The colours of the lines are those of Okabe and Ito,
 * which colour-blind readers can distinguish.
 */
const ink = "#222";
const paper: Config = {
  background: "white",
  axis: { labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink, gridOpacity: 0.12 },
  legend: { labelColor: ink, titleColor: ink },
  title: { color: ink },
  range: { category: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000"] },
};

/** The version that viewers support; our specifications mean the same in it. */
const vegaLite5 = "https://vega.github.io/schema/vega-lite/v5.json";

/** A plot: as SVG, which every viewer shows, and as Vega-Lite, which some make interactive. */
export async function plotBundle(spec: TopLevelSpec): Promise<Bundle> {
  const full = { ...spec, $schema: vegaLite5, config: { ...paper, ...spec.config } };
  return {
    "image/svg+xml": await plotSvg(full),
    "application/vnd.vegalite.v5+json": full,
    "text/plain": `[plot${titleOf(spec)}]`,
  };
}

function titleOf({ title }: TopLevelSpec): string {
  const text = title !== null && typeof title === "object" && !Array.isArray(title) && "text" in title
    ? title.text
    : title;
  return text ? `: ${[text].flat().join(" ")}` : "";
}

/** A picture; `alt` describes it in words. */
export function pngBundle(bytes: Uint8Array, alt: string): Bundle {
  return { "image/png": Buffer.from(bytes).toString("base64"), "text/plain": `[${alt}]` };
}

/** A table with a column for each key of its rows, in the order of their first appearance. */
export function tableBundle(rows: Record<string, unknown>[], caption?: string): Bundle {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const side = (column: string) =>
    rows.every((row) => ["number", "undefined"].includes(typeof row[column])) ? "right" : "left";
  const cell = (column: string, text: string, tag = "td") =>
    `<${tag} style="text-align: ${side(column)}">${escapeMarkup(text).replaceAll("\n", "<br>")}</${tag}>`;
  const line = (cells: string[]) => `<tr>${cells.join("")}</tr>`;
  const html = [
    "<table>",
    caption ? `<caption style="text-align: left">${escapeMarkup(caption)}</caption>` : "",
    `<thead>${line(columns.map((name) => cell(name, name, "th")))}</thead>`,
    `<tbody>${rows.map((row) => line(columns.map((name) => cell(name, shown(row[name]))))).join("")}</tbody>`,
    "</table>",
  ].join("");
  const text = columns.length === 0 ? "(empty)" : table(columns, rows.map((row) => columns.map((c) => shown(row[c]))));
  return { "text/html": html, "text/plain": caption ? `${caption}\n${text}` : text };
}

/** A value as text: numbers with up to five digits, an empty text for a missing value. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)));
  return typeof value === "string" ? value : JSON.stringify(value) ?? String(value);
}

/** Shows a Vega-Lite plot. */
export async function showPlot(spec: TopLevelSpec): Promise<void> {
  await show(await plotBundle(spec));
}

/** Shows a picture; `alt` describes it in words. */
export async function showPng(bytes: Uint8Array, alt: string): Promise<void> {
  await show(pngBundle(bytes, alt));
}

/** Shows HTML of trusted origin: it is not escaped. */
export async function showHtml(html: string): Promise<void> {
  await show({ "text/html": html, "text/plain": html.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim() });
}

/** Shows rows as a table, HTML and plain text. */
export async function showTable(rows: Record<string, unknown>[], caption?: string): Promise<void> {
  await show(tableBundle(rows, caption));
}
