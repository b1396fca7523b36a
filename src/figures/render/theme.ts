/**
 * The theme of all figures: one font, one palette that colour-blind readers can distinguish, white background.
 *
 * No information is in colour alone: categories differ in shape, dash or position as well.
 */
import type { Config } from "vega-lite";

/** The font family of all text; its files are from npm (see fonts.ts). */
export const fontFamily = "DejaVu Sans";

/** Okabe and Ito's colours, the darker ones first. [Okabe & Ito, Color Universal Design, 2008] */
export const palette = {
  blue: "#0072B2",
  vermillion: "#D55E00",
  green: "#009E73",
  purple: "#CC79A7",
  orange: "#E69F00",
  sky: "#56B4E9",
  black: "#000000",
  yellow: "#F0E442",
} as const;

/** In the order in which categories take them. */
export const colours: string[] = Object.values(palette);

/** Text and lines, grid lines, background. */
export const ink = "#222222";
export const faint = "#DDDDDD";
export const ground = "#FFFFFF";

/** The better direction of a metric, for labels. */
export const arrows = {
  lower: "↓ lower is better",
  higher: "↑ higher is better",
  "near real": "≈ near the real is better",
  neither: "↕ neither direction is better",
};

/**
 * The theme as a Vega-Lite configuration; it is written into every specification, so that other viewers apply it too.
 */
export const theme: Config = {
  background: ground,
  font: fontFamily,
  padding: 12,
  view: { stroke: null },
  axis: {
    labelColor: ink,
    titleColor: ink,
    domainColor: ink,
    tickColor: ink,
    gridColor: faint,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: "normal",
    labelLimit: 320,
  },
  axisQuantitative: { format: ".4~r" },
  axisY: { titlePadding: 12 },
  legend: {
    labelColor: ink,
    titleColor: ink,
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: "normal",
    labelLimit: 320,
    symbolOpacity: 1,
  },
  header: { labelColor: ink, titleColor: ink, labelFontSize: 11, titleFontSize: 11 },
  title: {
    color: ink,
    anchor: "start",
    fontSize: 14,
    subtitleColor: ink,
    subtitleFontSize: 11,
    subtitlePadding: 6,
    offset: 14,
  },
  line: { strokeWidth: 1.5 },
  point: { size: 50, filled: true, opacity: 1 },
  range: { category: colours },
};
