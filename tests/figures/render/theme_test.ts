/** The colours of the palette differ from each other and from the background, for colour-blind eyes too. */
import { assert } from "@std/assert";
import { colours, ground } from "../../../src/figures/render/theme.ts";

type Colour = [number, number, number];

/** Linear RGB, 0 to 1. [IEC 61966-2-1] */
function linear(hex: string): Colour {
  return [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Colour;
}

const times = (matrix: Colour[], v: Colour) =>
  matrix.map((row) => row.reduce((sum, entry, i) => sum + entry * v[i]!, 0)) as Colour;

/** What linear RGB looks like without cones of one kind. [Machado, Oliveira & Fernandes 2009, severity 1] */
const eyes: Record<string, Colour[]> = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** Oklab, in which a distance of 0.02 is about the least that is seen. [Ottosson 2020] */
function oklab(rgb: Colour): Colour {
  const lms = times([
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ], rgb).map((value) => Math.cbrt(Math.max(0, value))) as Colour;
  return times([
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
  ], lms);
}

const apart = (a: Colour, b: Colour) => Math.hypot(...a.map((value, i) => value - b[i]!));

for (const [eye, matrix] of Object.entries(eyes)) {
  Deno.test(`the first six colours differ for ${eye} cones, and from the background`, () => {
    const seen = [...colours.slice(0, 6), ground].map((hex) => oklab(times(matrix, linear(hex))));
    seen.forEach((a, i) =>
      seen.slice(0, i).forEach((b, j) => {
        assert(apart(a, b) > 0.05, `${colours[i] ?? ground} and ${colours[j]}: ${apart(a, b).toFixed(3)}`);
      })
    );
  });
}
