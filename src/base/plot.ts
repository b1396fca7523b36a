/**
 * Plots: a Vega-Lite specification as SVG, drawn without a browser.
 *
 * Lines and letters take the colour of the text around them, so that a plot inside a page reads on light and on dark.
 */
import type { Config, TopLevelSpec } from "vega-lite";

const ink = "currentColor";
const font = "system-ui, sans-serif";

const look: Config = {
  background: "transparent",
  font,
  view: { stroke: null },
  axis: {
    labelColor: ink,
    titleColor: ink,
    domainColor: ink,
    tickColor: ink,
    gridColor: ink,
    gridOpacity: 0.15,
    titleFontWeight: "normal",
  },
  legend: { labelColor: ink, titleColor: ink },
  title: { color: ink },
  bar: { color: "#4c8bc9" },
};

/**
 * Draws a plot. The libraries are loaded on the first call only, for they take a third of a second.
 *
 * @returns an `<svg>` element
 */
export async function plotSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec, { config: look }).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
