/**
 * Plots: renders a Vega-Lite specification as SVG, without a browser.
 *
 * Lines and letters have the colour of the text around the plot, so that it is readable on light and dark pages.
 */
import type { Config, TopLevelSpec } from "vega-lite";

const ink = "currentColor";
const font = "system-ui, sans-serif";

const style: Config = {
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
 * Renders a plot. The libraries are loaded on the first call only, because that takes a third of a second.
 *
 * @returns An `<svg>` element.
 */
export async function plotSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec, { config: style }).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
