/** SVG elements as text, in the theme's font: text, images, lines, boxes. Coordinates are pixels. */
import { Buffer } from "node:buffer";
import { escapeMarkup } from "../../formats/markup.ts";
import { wrapText } from "./fonts.ts";
import { fontFamily, ground, ink } from "./theme.ts";

/** The style of a line of text. */
export interface TextStyle {
  size?: number;
  anchor?: "start" | "middle" | "end";
  bold?: boolean;
  colour?: string;
}

/** A complete SVG file; a screen reader reads `title` and `description`. */
export function drawing(
  { width, height, title, description }: { width: number; height: number; title: string; description: string },
  parts: string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" ` +
    `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" fill="${ink}">`,
    `<title id="title">${escapeMarkup(title)}</title>`,
    `<desc id="description">${escapeMarkup(description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${ground}"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** A line of text with its baseline at y. */
export function textLine(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { size = 11, anchor = "start", bold = false, colour } = style;
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}"` +
    (anchor === "start" ? "" : ` text-anchor="${anchor}"`) + (bold ? ` font-weight="bold"` : "") +
    (colour ? ` fill="${colour}"` : "") + `>${escapeMarkup(text)}</text>`;
}

/** A text wrapped to `width` pixels, its first baseline at y; with the number of lines. */
export function paragraph(
  x: number,
  y: number,
  text: string,
  width: number,
  style: TextStyle = {},
): { svg: string; lines: number } {
  const size = style.size ?? 11;
  const lines = wrapText(text, width, size, style.bold ? "bold" : "normal");
  return {
    svg: lines.map((line, i) => textLine(x, y + i * lineHeight(size), line, style)).join("\n"),
    lines: lines.length,
  };
}

/** The distance of two baselines. */
export const lineHeight = (size: number): number => Math.round(1.35 * size);

/** A square picture, its pixels not smoothed; a screen reader reads `alt`. */
export function image(x: number, y: number, side: number, png: Uint8Array, alt: string): string {
  const data = Buffer.from(png).toString("base64");
  return `<image x="${round(x)}" y="${round(y)}" width="${side}" height="${side}" image-rendering="optimizeSpeed" ` +
    `style="image-rendering:pixelated" role="img" aria-label="${escapeMarkup(alt)}" ` +
    `href="data:image/png;base64,${data}"/>`;
}

/** A line through points, with an arrowhead at its end unless `plain`. */
export function path(
  points: Point[],
  { colour = ink, width = 1.2, dash, plain = false }: {
    colour?: string;
    width?: number;
    dash?: string;
    plain?: boolean;
  } = {},
): string {
  const head = plain ? undefined : arrowHead(points.at(-2)!, points.at(-1)!);
  const drawn = head ? [...points.slice(0, -1), head.neck] : points;
  return `<polyline points="${listed(drawn)}" fill="none" stroke="${colour}" stroke-width="${width}"` +
    `${dash ? ` stroke-dasharray="${dash}"` : ""}/>` +
    (head ? `<polygon points="${listed(head.corners)}" fill="${colour}"/>` : "");
}

type Point = [x: number, y: number];

/** Points as the value of a `points` attribute. */
export const listed = (points: Point[]): string => points.map(([x, y]) => `${round(x)},${round(y)}`).join(" ");

/** A triangle with its tip at `to`, and the middle of its base. Not every renderer rotates SVG markers. */
function arrowHead(from: Point, to: Point): { corners: Point[]; neck: Point } {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const neck: Point = [to[0] - 7 * dx, to[1] - 7 * dy];
  return { corners: [to, [neck[0] - 3.2 * dy, neck[1] + 3.2 * dx], [neck[0] + 3.2 * dy, neck[1] - 3.2 * dx]], neck };
}

/** A rectangle with rounded corners. */
export function box(
  { x, y, width, height }: { x: number; y: number; width: number; height: number },
  { fill = ground, stroke = ink, radius = 4, line = 1.2, dash }: {
    fill?: string;
    stroke?: string;
    radius?: number;
    line?: number;
    dash?: string;
  } = {},
): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${radius}" ` +
    `fill="${fill}" stroke="${stroke}" stroke-width="${line}"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
}

/** Rounds to a tenth of a pixel, which is finer than the eye resolves. */
export const round = (value: number): number => Math.round(value * 10) / 10;
