/**
 * Word attention of the generator: for each word of a caption the generated frame under the word's attention map,
 * yellow where the attention is highest. Of the full model and, where it was inspected, the model with word attention
 * only.
 */
import { from } from "arquero";
import sharp from "sharp";
import { counted } from "../../base/text.ts";
import { type Inspection, readStrip, type WordAttentionMaps } from "../../records/inspection.ts";
import { decodeStrip, enlargedPng } from "../../evaluation/inspect/strips.ts";
import { shareOfMap } from "../../evaluation/inspect/word_attention.ts";
import { fullModel, wordAttentionOnly } from "../../study/ablation_rows.ts";
import { drawing, image, lineHeight, paragraph, textLine } from "../render/drawing.ts";
import { type Figure, missing } from "../figure.ts";
import { describeGroup, type Inspected, inspectedGroups, leftOfInspected } from "../inspected.ts";

const side = 96;
const gap = 6;
const margin = 16;
const columns = 9; // words beside a frame, before the next line
const captions = 2; // of each system

export const wordAttention: Figure = {
  name: "word-attention",
  title: "Word attention maps over generated frames",
  sources: "inspected runs with word attention in the generator (deno task inspect)",
  async make(input) {
    const groups = inspectedGroups(input);
    const has = ({ inspection }: Inspected) => inspection.attention.looks.length > 0;
    const group = groups.find(({ members }) => members.some(has));
    if (!group) {
      missing(
        "no inspected run has word attention in its generator: run `deno task inspect RUN` on a run of the full model.",
      );
    }
    const systems = [fullModel, wordAttentionOnly].flatMap((row) =>
      group.members.find((one) => one.row === row && has(one)) ?? []
    );
    if (systems.length === 0) systems.push(group.members.find(has)!);
    const width = 2 * margin + (columns + 1) * (side + gap) - gap;
    const title = "Which words the places of a drawn frame look at";
    const parts = [textLine(margin, 28, title, { size: 14, bold: true })];
    let y = 50;
    const rows: Record<string, unknown>[] = [];
    for (const system of systems) {
      parts.push(textLine(margin, y + 10, `${system.title} (${system.run.name})`, { bold: true }));
      y += 22;
      for (const maps of shownMaps(system.inspection)) {
        const block = await band(system.inspection, maps, y);
        parts.push(block.svg);
        y += block.height + 14;
        rows.push(...csvRows(system, maps));
      }
      y += 8;
    }
    parts.push(legend(margin, y));
    y += 18;
    const notes = [
      "Each place shares its look among the words of the caption; colours go from the caption's least share to its " +
      "greatest, which its line names. With w above 0.5 the block took self-attention for this frame, and the words' " +
      "looks had no part in it.",
      `Stories in a drawn order, not picked by eye. ${describeGroup(group, systems)}, best checkpoint on val.`,
    ];
    for (const note of notes) {
      const { svg, lines } = paragraph(margin, y + 8, note, width - 2 * margin, { size: 10 });
      parts.push(svg);
      y += lines * lineHeight(10) + 4;
    }
    const description = `Maps of ${counted(rows.length, "word")} over drawn frames of ${
      systems.map(({ title }) => title).join(", ")
    }.`;
    const svg = drawing({ width, height: y + margin, title, description }, parts);
    return { csv: from(rows).toCSV(), svg, left: leftOfInspected(input.runs, groups, systems) };
  },
};

/** The attention maps that are shown: of some captions, at the highest resolution up to 16×16. */
export function shownMaps({ attention: { looks } }: Inspection): WordAttentionMaps[] {
  const sizes = [...new Set(looks.map(({ size }) => size))].sort((a, b) => b - a);
  const size = sizes.find((size) => size <= 16) ?? sizes.at(-1);
  return looks.filter((one) => one.size === size).slice(0, captions);
}

/** One caption with its frame, and the frame under the attention map of each word. */
async function band(
  inspection: Inspection,
  of: WordAttentionMaps,
  top: number,
): Promise<{ svg: string; height: number }> {
  const { size } = inspection.stories;
  const { words, maps, caption, story, frame: t, block, probability, low, high } = of;
  const frame = (await decodeStrip(readStrip(inspection, story, "drawn")))[t]!;
  const details = [
    `${story}, frame ${t + 1}, block ${block} (${of.size}×${of.size})`,
    `shares ${low.toFixed(3)} to ${high.toFixed(3)}`,
    ...(probability === undefined ? [] : [`w ${probability.toFixed(3)}`]),
  ].join("; ");
  const parts = [textLine(margin, top + 10, `“${caption}”`), textLine(margin, top + 24, details, { size: 9 })];
  const cell = (slot: number) =>
    [
      margin + (slot === 0 ? 0 : 1 + (slot - 1) % columns) * (side + gap),
      top + 32 + (slot === 0 ? 0 : Math.floor((slot - 1) / columns)) * (side + 18),
    ] as const;
  const [x0, y0] = cell(0);
  parts.push(image(x0, y0, side, await enlargedPng(frame, size, 3), `drawn frame: ${caption}`));
  for (const [w, word] of words.entries()) {
    const [x, y] = cell(w + 1);
    parts.push(
      image(x, y, side, await overlaid(frame, size, shareOfMap(maps[w]!)), `where the frame looks at “${word}”`),
    );
    parts.push(textLine(x + side / 2, y + side + 12, word, { anchor: "middle", size: 10 }));
  }
  return { svg: parts.join("\n"), height: 32 + Math.ceil(words.length / columns) * (side + 18) };
}

/** A greyscale frame with a coloured map over it, as a PNG. @param map Values in [0, 1], row by row. */
async function overlaid(frame: Uint8Array, size: number, map: number[]): Promise<Uint8Array> {
  const mapSide = Math.round(Math.sqrt(map.length));
  const mask = await sharp(Uint8Array.from(map, (share) => Math.round(255 * share)), {
    raw: { width: mapSide, height: mapSide, channels: 1 },
  }).resize(size, size, { kernel: "cubic" }).toColourspace("b-w").raw().toBuffer();
  const out = frame.map((_, i) => {
    const [r, g, b] = frame.subarray(i - i % 3) as unknown as [number, number, number];
    const grey = 0.3 * r + 0.6 * g + 0.1 * b;
    return 0.4 * grey + 0.6 * heat(mask[Math.floor(i / 3)]! / 255)[i % 3]!;
  });
  return await enlargedPng(out, size, 3);
}

/** Dark blue, grey, yellow: the lightness rises for colour-blind readers too. [Nuñez et al., cividis, 2018] */
const ramp = [[0, 32, 77], [124, 123, 120], [255, 234, 70]] as const;

/** The colour (RGB, 0 to 255) of a value in [0, 1]. */
function heat(share: number): number[] {
  const at = share * (ramp.length - 1);
  const below = Math.min(Math.floor(at), ramp.length - 2);
  return ramp[below]!.map((value, c) => value + (at - below) * (ramp[below + 1]![c]! - value));
}

/** The legend of the colour ramp. */
function legend(x: number, y: number): string {
  const stops = ramp.map((_, i) => {
    const [r, g, b] = ramp[i]!;
    return `<stop offset="${i / (ramp.length - 1)}" stop-color="rgb(${r},${g},${b})"/>`;
  });
  return [
    `<defs><linearGradient id="ramp">${stops.join("")}</linearGradient></defs>`,
    textLine(x, y + 9, "least share", { size: 10 }),
    `<rect x="${x + 64}" y="${y}" width="140" height="10" fill="url(#ramp)"/>`,
    textLine(x + 210, y + 9, "greatest share of the caption", { size: 10 }),
  ].join("\n");
}

/** One line of the CSV for each word: its mean attention, and the position with the highest. */
function csvRows({ run, row, seed }: Inspected, of: WordAttentionMaps): Record<string, unknown>[] {
  const { words, maps, low, high, size, story, frame, caption, block, probability } = of;
  return words.map((word, w) => {
    const shares = shareOfMap(maps[w]!).map((share) => low + share * (high - low));
    const most = shares.indexOf(Math.max(...shares));
    return {
      run: run.name,
      system: row,
      seed,
      story,
      frame,
      caption,
      block,
      w: probability ?? null,
      word,
      position: w,
      "mean share": digits(shares.reduce((a, b) => a + b, 0) / shares.length),
      "least share": digits(Math.min(...shares)),
      "greatest share": digits(shares[most]!),
      "row of greatest": Math.floor(most / size),
      "column of greatest": most % size,
    };
  });
}

const digits = (value: number) => Math.round(value * 1e4) / 1e4;
