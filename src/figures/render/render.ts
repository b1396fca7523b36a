/**
 * Renders a Vega-Lite specification as SVG, and an SVG as PNG. Both give the same bytes on every machine: text is
 * measured and drawn with the kit's own font, and the renderer (resvg) is a WebAssembly program that gets no other
 * font.
 */
import type { TopLevelSpec } from "vega-lite";
import { fontFiles, textWidth } from "./fonts.ts";
import { fontFamily, ground, theme } from "./theme.ts";

/** Pixels of a PNG for each unit of its SVG: sharp on high-resolution screens and in print at column width. */
const zoom = 2;

/** The specification with schema and theme, as written to a file, so that every Vega-Lite viewer shows the same. */
export function themed(spec: TopLevelSpec): TopLevelSpec {
  return { $schema: "https://vega.github.io/schema/vega-lite/v6.json", config: theme, ...spec } as TopLevelSpec;
}

/** Renders a specification that {@link themed} has completed. */
export async function specSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  // Without a browser, Vega estimates text widths; its estimate is restored below for other code that uses Vega.
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  const estimate = textMetrics.width;
  textMetrics.width = (item, text) =>
    textWidth(lineOf(item, text), item.fontSize ?? 11, bold(item) ? "bold" : "normal");
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "none" });
  try {
    return (await view.toSVG()).replace(/\n?$/, "\n");
  } finally {
    textMetrics.width = estimate;
    view.finalize();
  }
}

/** An export of Vega that its type declarations lack. */
interface TextMetrics {
  width(item: TextItem, text?: unknown): number;
}

interface TextItem {
  text?: unknown;
  fontSize?: number;
  fontWeight?: string | number;
}

const lineOf = (item: TextItem, text: unknown) => String(text ?? item.text ?? "");
const bold = ({ fontWeight }: TextItem) => fontWeight === "bold" || Number(fontWeight) >= 600;

let ready: Promise<typeof import("@resvg/resvg-wasm")> | undefined;

/** The renderer; its program is loaded once. */
function renderer(): Promise<typeof import("@resvg/resvg-wasm")> {
  return ready ??= import("@resvg/resvg-wasm").then(async (resvg) => {
    await resvg.initWasm(Deno.readFileSync(new URL(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"))));
    return resvg;
  });
}

/** Renders an SVG as PNG, `scale` pixels for each of its units. */
export async function svgPng(svg: string, scale = zoom): Promise<Uint8Array> {
  const { Resvg } = await renderer();
  const drawing = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    background: ground,
    font: {
      fontBuffers: fontFiles(),
      loadSystemFonts: false,
      defaultFontFamily: fontFamily,
      sansSerifFamily: fontFamily,
      monospaceFamily: `${fontFamily} Mono`,
    },
  });
  try {
    return drawing.render().asPng();
  } finally {
    drawing.free();
  }
}
