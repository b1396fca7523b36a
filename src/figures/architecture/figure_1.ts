/**
 * Figure 1: the architecture, drawn from the model's own declarations in the paper's preset. The generator is drawn
 * from left to right, the discriminator from right to left below it, and the words between them are inputs of all
 * dynamic blocks.
 */
import { from } from "arquero";
import { type Config, resolveConfig } from "../../model/config.ts";
import type { Architecture, NetworkPart as Part } from "../../model/contract.ts";
import { paperSystem, systemByName } from "../../model/systems/mod.ts";
import { blockPanel } from "./block_panel.ts";
import { box, drawing, listed, path, textLine } from "../render/drawing.ts";
import type { Figure } from "../figure.ts";
import { tints } from "./tints.ts";

const margin = 20;
const lanes = { generator: 150, words: 284, discriminator: 418 }; // y of their middles
const left = 168; // x of the first feature map
const slots = { map: 92, block: 76 };
const blockSize = { width: 54, height: 34 };

export const figure1: Figure = {
  name: "figure-1",
  title: "Architecture of the paper's model",
  sources: "the model's own declarations",
  make() {
    const config = resolveConfig("paper", [`system=${paperSystem}`]);
    const architecture = systemByName(config.system).architecture(config);
    return Promise.resolve({ csv: from(architecture.parts).toCSV(), svg: drawArchitecture(config, architecture) });
  },
};

/** Draws the networks of a configuration, as its system describes them. @returns an SVG. */
export function drawArchitecture(config: Config, { inputs, parts, selector }: Architecture): string {
  const of = (network: Part["network"]) => parts.filter((part) => part.network === network);
  const total = (network: Part["network"]) => of(network).reduce((sum, { parameters }) => sum + parameters, 0);
  const generator = of("generator").filter(({ kind }) => kind === "maps" || kind === "block");
  const discriminator = of("discriminator").filter(({ kind }) => kind === "maps" || kind === "block");
  const right = left + Math.max(...[generator, [...discriminator, pictureIn]].map(widthOf));
  const panel = right + 30;
  const [width, height] = [panel + 372 + margin, 556];

  const G = placed(generator, left, 1);
  const D = placed([pictureIn, ...discriminator], right, -1);
  const svg: string[] = [
    textLine(margin, 28, `Figure 1: architecture (preset ${config.preset})`, { size: 14, bold: true }),
    textLine(margin, 62, `generator, ${millions(total("generator"))} learnt`, {
      bold: true,
      colour: tints.generator.stroke,
    }),
    textLine(margin, height - 38, `discriminator, ${millions(total("discriminator"))} learnt`, {
      bold: true,
      colour: tints.discriminator.stroke,
    }),
    textLine(
      margin,
      height - 20,
      "Maps are height × width × channels, below them what the layer learns. M = million, k = thousand scalars.",
      { size: 10 },
    ),
    wordLane(config, right),
    ...storyPart(inputs, parts),
    ...lane(G, lanes.generator, 1),
    ...lane(D, lanes.discriminator, -1),
    ...headPart(parts, D.at(-1)!.x),
  ];
  // Words are an input of every block of both networks.
  for (const { x, part } of [...G, ...D]) {
    if (part.kind !== "block") continue;
    const up = part.network === "generator";
    const middle = lanes[part.network];
    const reach = blockSize.height / 2 + 2;
    const [start, end] = up ? [lanes.words - 16, middle + reach] : [lanes.words + 16, middle - reach];
    svg.push(path([[x, start], [x, end]], { colour: tints.text.stroke, width: 1.6 }));
  }
  // The generated picture is the input of the discriminator.
  const [output, input] = [G.at(-1)!, D[0]!];
  const [from, to] = [lanes.generator + sideOf(64) / 2 + 52, lanes.discriminator - sideOf(64) / 2 - depthOf(3) - 4];
  const bend = (from + to) / 2;
  svg.push(path([[output.x, from], [output.x, bend], [input.x, bend], [input.x, to]]));
  if (selector) svg.push(blockPanel(selector, panel, 44));
  const blocks = parts.filter(({ kind }) => kind === "block").map(({ network, size }) =>
    `${network} at ${size}×${size}`
  );
  const description = `The generator turns a story's sentences and noise into 64×64 pictures through ${
    generator.filter(({ kind }) => kind === "maps").length
  } layers; the discriminator judges pictures alone and with their sentences. Dynamic blocks: ${
    blocks.join(", ") || "none"
  }.`;
  return drawing({ width, height, title: "Architecture of the model", description }, svg);
}

/** The input of the discriminator. */
const pictureIn: Part = {
  network: "discriminator",
  part: "picture",
  kind: "maps",
  size: 64,
  channels: 3,
  parameters: 0,
};

interface Placed {
  part: Part;
  /** x of its middle, pixels. */
  x: number;
}

const slotOf = ({ kind, size }: Part) => kind === "block" ? slots.block : Math.max(slots.map, sideOf(size) + 36);
const widthOf = (parts: Part[]) => parts.reduce((sum, part) => sum + slotOf(part), 0);

function placed(parts: Part[], start: number, direction: 1 | -1): Placed[] {
  let x = start;
  return parts.map((part) => {
    const middle = x + direction * slotOf(part) / 2;
    x += direction * slotOf(part);
    return { part, x: middle };
  });
}

/** Side and depth of a feature map's box in pixels; both grow with the logarithm. */
const sideOf = (size: number) => 10 + 13 * Math.log2(size / 2);
const depthOf = (channels: number) => 2 + 1.4 * Math.log2(channels);

/** The feature maps and blocks of a network, joined by arrows. */
function lane(row: Placed[], y: number, direction: 1 | -1): string[] {
  return row.flatMap(({ part, x }, i) => {
    const before = row[i - 1];
    const arrow = before
      ? [path([
        [before.x + direction * (halfOf(before.part) + (direction > 0 ? depthIn(before.part) : 0) + 2), y],
        [x - direction * (halfOf(part) + (direction > 0 ? 0 : depthIn(part)) + 2), y],
      ])]
      : [];
    return [...arrow, part.kind === "block" ? blockMark(part, x, y) : mapMark(part, x, y)];
  });
}

const halfOf = ({ kind, size }: Part) => kind === "block" ? blockSize.width / 2 : sideOf(size) / 2;
const depthIn = ({ kind, channels }: Part) => kind === "block" ? 0 : depthOf(channels);

function mapMark({ network, part, size, channels, parameters }: Part, x: number, y: number): string {
  const { fill, stroke, side: shade } = tints[network];
  const [s, d] = [sideOf(size), depthOf(channels)];
  const [l, t] = [x - s / 2, y - s / 2];
  const face = (points: [number, number][], colour: string) =>
    `<polygon points="${listed(points)}" fill="${colour}" ` +
    `stroke="${stroke}" stroke-width="1" stroke-linejoin="round"/>`;
  const below = y + s / 2 + 15;
  return [
    face([[l, t], [l + d, t - d], [l + s + d, t - d], [l + s, t]], shade),
    face([[l + s, t], [l + s + d, t - d], [l + s + d, t + s - d], [l + s, t + s]], shade),
    face([[l, t], [l + s, t], [l + s, t + s], [l, t + s]], fill),
    textLine(x, below, titles[part] ?? part, { anchor: "middle", bold: true, size: 10 }),
    textLine(x, below + 13, `${size}×${size}×${channels}`, { anchor: "middle", size: 10 }),
    ...(parameters > 0 ? [textLine(x, below + 26, millions(parameters), { anchor: "middle", size: 9 })] : []),
  ].join("\n");
}

const titles: Record<string, string> = { fc: "linear", image: "conv, tanh", picture: "drawn or real" };

function blockMark({ network, size, parameters }: Part, x: number, y: number): string {
  const { width, height } = blockSize;
  const { fill, stroke } = tints.block;
  // On the side opposite the words.
  const label = network === "generator" ? y - height / 2 - 19 : y + height / 2 + 14;
  return [
    box({ x: x - width / 2, y: y - height / 2, width, height }, { fill, stroke, radius: 12, line: 1.6 }),
    textLine(x, y - 2, "dynamic", { anchor: "middle", size: 9, bold: true }),
    textLine(x, y + 10, "block", { anchor: "middle", size: 9, bold: true }),
    textLine(x, label, `at ${size}×${size}`, { anchor: "middle", size: 9 }),
    textLine(x, label + 12, millions(parameters), { anchor: "middle", size: 9 }),
  ].join("\n");
}

/** The lane of the text: the frozen encoder, and its words as a bar between the networks. */
function wordLane({ text: { width }, data: { words } }: Config, right: number): string {
  const { fill, stroke, side } = tints.text;
  const y = lanes.words;
  return [
    box({ x: margin, y: y - 24, width: 122, height: 48 }, { fill, stroke }),
    textLine(margin + 61, y - 8, "text encoder", { anchor: "middle", bold: true, size: 10 }),
    textLine(margin + 61, y + 6, "bi-LSTM, frozen", { anchor: "middle", size: 9 }),
    textLine(margin + 61, y + 18, "T sentences", { anchor: "middle", size: 9 }),
    path([[margin + 122, y], [left - 3, y]], { colour: stroke, width: 1.6 }),
    box({ x: left, y: y - 15, width: right - left - 104, height: 30 }, { fill, stroke: side, radius: 15 }),
    textLine(left + 18, y + 4, `word embeddings of each sentence, up to ${words} × ${width}`, {
      size: 10,
      bold: true,
      colour: "#8A3A00",
    }),
  ].join("\n");
}

/** The story encoder: inputs of the generator's first layer, drawn above the text encoder. */
function storyPart(inputs: Architecture["inputs"], parts: Part[]): string[] {
  const { fill, stroke } = tints.text;
  const trainable = parts.filter(({ kind }) => kind === "text").reduce((sum, { parameters }) => sum + parameters, 0);
  const y = lanes.generator;
  const lines = inputs.map(({ label, width }) => `${label} ${width}`);
  return [
    path([[margin + 61, lanes.words - 24], [margin + 61, y + 62]], { colour: stroke, width: 1.6 }),
    textLine(margin + 67, (lanes.words + y + 38) / 2 + 4, "sentences", { size: 9 }),
    box({ x: margin, y: y - 58, width: 122, height: 116 }, { fill, stroke }),
    textLine(margin + 61, y - 42, "story encoder", { anchor: "middle", bold: true, size: 10 }),
    ...lines.map((line, i) => textLine(margin + 10, y - 24 + 14 * i, line, { size: 9 })),
    textLine(margin + 10, y + 34, `together ${inputs.reduce((sum, { width }) => sum + width, 0)}`, {
      size: 9,
      bold: true,
    }),
    textLine(margin + 10, y + 49, `CA and GRU: ${millions(trainable)}`, { size: 9 }),
    path([[margin + 122, y], [left + slots.map / 2 - sideOf(4) / 2 - 3, y]]),
  ];
}

/**
 * The two discriminator heads, left of the last map; the conditional one has sentence and story code as further inputs.
 */
function headPart(parts: Part[], last: number): string[] {
  const { fill, stroke } = tints.discriminator;
  const y = lanes.discriminator;
  const start = last - sideOf(4) / 2 - 3;
  return ["conditional", "unconditional"].flatMap((name, i) => {
    const top = y - 58 + 66 * i;
    const { parameters } = parts.find(({ part }) => part === name)!;
    const decision = name === "conditional" ? "fits its sentence?" : "a real picture?";
    return [
      box({ x: margin, y: top, width: 122, height: 50 }, { fill, stroke }),
      textLine(margin + 61, top + 16, `${name} head`, { anchor: "middle", bold: true, size: 10 }),
      textLine(margin + 61, top + 30, decision, { anchor: "middle", size: 9 }),
      textLine(margin + 61, top + 43, millions(parameters), { anchor: "middle", size: 9 }),
      path([[start, y], [start - 26, y], [start - 26, top + 25], [margin + 124, top + 25]]),
      ...(name === "conditional"
        ? [
          path([[margin + 61, lanes.words + 24], [margin + 61, top - 3]], { colour: tints.text.stroke, width: 1.6 }),
          textLine(margin + 67, (lanes.words + 24 + top) / 2 + 3, "sentence, story code", { size: 9 }),
        ]
        : []),
    ];
  });
}

/** A number of parameters as text: `4.7 M`, `132 k`. */
export function millions(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  return count >= 1e3 ? `${(count / 1e3).toFixed(count >= 1e4 ? 0 : 1)} k` : `${count}`;
}
