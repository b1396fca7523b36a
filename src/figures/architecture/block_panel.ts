/** The right panel of figure 1: the computation in a dynamic block, with the configuration's scale and temperature. */
import type { Architecture } from "../../model/contract.ts";
import { box, path, textLine } from "../render/drawing.ts";
import { tints } from "./tints.ts";

const width = 372;

/** Draws the panel with its upper left corner at (x, y). */
export function blockPanel(
  { scale, logit, words, tau, inference }: NonNullable<Architecture["selector"]>,
  x: number,
  y: number,
): string {
  const by = scale ? " / √C" : "";
  const product = logit === "plain" ? `mean(a) · mean(b)${by}` : "std(mean(a)) · std(mean(b)) / √C"; // of each channel
  const u = logit === "logit" ? "std(std(mean(a)) · std(mean(b)))" : product;
  const [sa, selector, wsa] = [x + 72, x + width / 2, x + width - 72]; // middles
  const at = (top: number) => y + top;
  const titled = (
    middle: number,
    top: number,
    w: number,
    lines: string[],
    { fill, stroke }: { fill: string; stroke: string },
  ) =>
    [
      box({ x: middle - w / 2, y: at(top), width: w, height: 16 + 14 * lines.length }, { fill, stroke }),
      ...lines.map((line, i) =>
        textLine(middle, at(top) + 19 + 14 * i, line, { anchor: "middle", size: 10, bold: i === 0 })
      ),
    ].join("\n");
  const grey = { fill: "#F3F3F3", stroke: "#555555" };
  return [
    box({ x, y, width, height: 498 }, { fill: "#FFFFFF", stroke: tints.block.stroke, radius: 10, line: 1.6 }),
    textLine(x + 16, at(24), "dynamic block", { bold: true, colour: tints.block.stroke }),

    titled(sa + 20, 40, 150, ["image features a", "H·W places × C"], tints.generator),
    titled(wsa - 20, 40, 150, [words === "unit" ? "words b = std(e)·P" : "words b = e·P", "L words × C"], tints.text),

    // Attentions and selector.
    path([[sa, at(84)], [sa, at(147)]]),
    path([[wsa, at(84)], [wsa, at(147)]]),
    path([[sa + 60, at(84)], [sa + 60, at(118)], [selector - 16, at(118)], [selector - 16, at(225)]]),
    path([[wsa - 60, at(84)], [wsa - 60, at(118)], [selector + 16, at(118)], [selector + 16, at(225)]]),
    path([[sa + 60, at(106)], [wsa - 26, at(106)], [wsa - 26, at(147)]], { dash: "4 3" }),
    titled(sa, 150, 128, ["self-attention", `softmax(a·aᵀ${by})·a`, "= h(SA)"], tints.block),
    titled(wsa, 150, 128, ["word attention", `softmax(a·bᵀ${by})·b`, "= h(WSA)"], tints.block),
    titled(
      selector,
      228,
      216,
      ["attention selector", `u = ${u}`, `p(SA) = σ((u + noise) / τ), τ = ${tau}`],
      grey,
    ),

    // Selection.
    path([[sa - 40, at(208)], [sa - 40, at(347)], [selector - 127, at(347)]]),
    path([[wsa + 40, at(208)], [wsa + 40, at(347)], [selector + 127, at(347)]]),
    path([[selector, at(286)], [selector, at(315)]]),
    titled(selector, 318, 250, [
      "h",
      "training: p(SA)·h(SA) + p(WSA)·h(WSA)",
      inference === "hard" ? "inference: h(SA) if u > 0, else h(WSA)" : "inference: the same, without noise",
    ], tints.block),
    path([[selector, at(376)], [selector, at(399)]]),
    titled(selector, 402, 330, [
      "back into the network",
      "generator: ReLU(BatchNorm(conv 3×3 [a; h]))",
      "discriminator: LeakyReLU(a + γ · conv 1×1 [a; h])",
    ], grey),
    textLine(x + 16, at(484), "One u for each picture; std: standardised over the batch; noise: standard logistic.", {
      size: 8.5,
    }),
  ].join("\n");
}
