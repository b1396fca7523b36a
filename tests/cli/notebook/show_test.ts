import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plotBundle, pngBundle, tableBundle } from "../../../src/cli/notebook/show.ts";

Deno.test("plotBundle() has SVG with dark text on white, Vega-Lite 5 and a line of text", async () => {
  const bundle = await plotBundle({
    title: "Two points",
    data: { values: [{ x: 1, y: 2 }, { x: 2, y: 3 }] },
    mark: "line",
    encoding: { x: { field: "x", type: "quantitative" }, y: { field: "y", type: "quantitative" } },
  });
  const svg = bundle["image/svg+xml"] as string;
  assertStringIncludes(svg, "<svg");
  assertStringIncludes(svg, 'fill="white"');
  assert(!svg.includes("currentColor"), "text must not use the colour of the page, which may be dark");
  const spec = bundle["application/vnd.vegalite.v5+json"] as { $schema: string };
  assertStringIncludes(spec.$schema, "vega-lite/v5");
  assertEquals(bundle["text/plain"], "[plot: Two points]");
});

Deno.test("tableBundle() escapes text, aligns numbers to the right, and leaves missing values empty", () => {
  const bundle = tableBundle([{ name: "a<b", value: 1.23456789 }, { name: "c", more: [1, 2] }], "R & D");
  assertEquals(
    bundle["text/html"],
    '<table><caption style="text-align: left">R &amp; D</caption>' +
      '<thead><tr><th style="text-align: left">name</th><th style="text-align: right">value</th>' +
      '<th style="text-align: left">more</th></tr></thead>' +
      '<tbody><tr><td style="text-align: left">a&lt;b</td><td style="text-align: right">1.2346</td>' +
      '<td style="text-align: left"></td></tr>' +
      '<tr><td style="text-align: left">c</td><td style="text-align: right"></td>' +
      '<td style="text-align: left">[1,2]</td></tr></tbody></table>',
  );
  assertStringIncludes(bundle["text/plain"], "R & D\n");
  assertStringIncludes(bundle["text/plain"], "a<b");
});

Deno.test("pngBundle() has base64 data and a description", () => {
  assertEquals(pngBundle(new Uint8Array([1, 2, 255]), "dots"), { "image/png": "AQL/", "text/plain": "[dots]" });
});
