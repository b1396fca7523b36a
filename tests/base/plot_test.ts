import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plotSvg } from "../../src/base/plot.ts";

const bars = (values: { x: string; y: number }[]) =>
  plotSvg({
    data: { values },
    width: 100,
    height: 50,
    mark: "bar",
    encoding: { x: { field: "x", type: "ordinal", sort: null }, y: { field: "y", type: "quantitative" } },
  });

Deno.test("plotSvg() draws a bar as high as its value, with letters in the colour around them", async () => {
  const svg = await bars([{ x: "half", y: 5 }, { x: "whole", y: 10 }]);
  assert(svg.startsWith("<svg "));
  const heights = [...svg.matchAll(/aria-roledescription="bar" d="M[\d.]+,[\d.]+h[\d.]+v([\d.]+)/g)].map((m) => m[1]);
  assertEquals(heights.map(Number), [25, 50]);
  assertStringIncludes(svg, 'fill="currentColor" opacity="1">whole</text>');
  assertEquals(svg, await bars([{ x: "half", y: 5 }, { x: "whole", y: 10 }]));
});

Deno.test("plotSvg() escapes what the data say", async () => {
  const svg = await bars([{ x: "<script>alert(1)</script>", y: 1 }]);
  assert(!svg.includes("<script"));
  assertStringIncludes(svg, "&lt;script");
});
