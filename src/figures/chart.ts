/** What charts share: their title with its caption, and how categories differ in colour, dash and shape. */
import { wrapText } from "./fonts.ts";
import { colours } from "./theme.ts";

/** A chart's title, with its caption in lines no wider than the chart. */
export function titled(title: string, notes: string[], width: number): { text: string[]; subtitle: string[] } {
  return {
    text: wrapText(title, width, 14, "bold"),
    subtitle: notes.flatMap((note) => wrapText(note.replaceAll("`", ""), width, 11)),
  };
}

const dashes = [[1, 0], [6, 2], [2, 2], [8, 2, 2, 2], [4, 4], [10, 3], [1, 3], [3, 1]];
const shapes = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "stroke", "triangle-left"];

/** A scale that gives the i-th category the i-th of a list, and starts anew after the last. */
function scale<T>(categories: string[], list: T[]): { domain: string[]; range: T[] } {
  return { domain: categories, range: categories.map((_, i) => list[i % list.length]!) };
}

export const colourScale = (categories: string[]) => scale(categories, colours);
export const dashScale = (categories: string[]) => scale(categories, dashes);
export const shapeScale = (categories: string[]) => scale(categories, shapes);
