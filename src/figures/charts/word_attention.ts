/**
 * Word attention over drawn frames: for each word of a caption the frame once more, yellow where the generator's block
 * takes most of that word. Shown of the full model and, where it was run, of the model that has word attention alone.
 */
import { from } from "arquero";
import sharp from "sharp";
import { type Inspection, readStrip, type WordAttentionMaps } from "../../records/inspection.ts";
import { decodeStrip, enlargedPng } from "../../evaluation/inspect/strips.ts";
import { shareOfMap } from "../../evaluation/inspect/word_attention.ts";
import { drawing, image, letters, lineHeight, paragraph } from "../render/drawing.ts";
import { type Figure, missing } from "../figure.ts";
import { describeGroup, type Inspected, inspectedGroups } from "../inspected.ts";

const side = 96;
const gap = 6;
const margin = 16;
const columns = 9; // words beside a frame, before the next line
const captions = 2; // of each system

export const wordAttention: Figure = {
  name: "word-attention",
  title: "Which words the places of drawn frames look at",
  needs: "inspected runs with word attention in the generator (deno task inspect)",
  async make(input) {
    const groups = inspectedGroups(input);
    const has = ({ inspection }: Inspected) => inspection.attention.looks.length > 0;
    const group = groups.find(({ members }) => members.some(has));
    if (!group) missing("no inspected run reads words in its generator; inspect one of the full model.");
    const systems = ["ours", "ours-wsa-only"].flatMap((row) =>
      group.members.find((one) => one.row === row && has(one)) ?? []
    );
    if (systems.length === 0) systems.push(group.members.find(has)!);
    const width = 2 * margin + (columns + 1) * (side + gap) - gap;
    const title = "Which words the places of a drawn frame look at";
    const parts = [letters(margin, 28, title, { size: 14, bold: true })];
    let y = 50;
    const rows: Record<string, unknown>[] = [];
    for (const system of systems) {
      parts.push(letters(margin, y + 10, `${system.title} (${system.run.name})`, { bold: true }));
      y += 22;
      for (const looks of chosenLooks(system.inspection)) {
        const drawn = await band(system.inspection, looks, y);
        parts.push(drawn.svg);
        y += drawn.height + 14;
        rows.push(...csvRows(system, looks));
      }
      y += 8;
    }
    parts.push(legend(margin, y));
    y += 18;
    const notes = [
      "Each place shares its look among the words of the caption; colours go from the caption's least share to its " +
      "greatest, which its line names. With p(SA) above 0.5 the block took self-attention for this frame, and the words' " +
      "looks had no part in it.",
      `Stories in a drawn order, not picked by eye. ${describeGroup(group, systems)}, best checkpoint on val.`,
    ];
    for (const note of notes) {
      const { svg, lines } = paragraph(margin, y + 8, note, width - 2 * margin, { size: 10 });
      parts.push(svg);
      y += lines * lineHeight(10) + 4;
    }
    const description = `Maps of ${rows.length} words over drawn frames of ${
      systems.map(({ title }) => title).join(", ")
    }.`;
    return { csv: from(rows).toCSV(), svg: drawing({ width, height: y + margin, title, description }, parts) };
  },
};

/** The looks that are shown: some captions, by the block with the finest map that is not finer than 16×16. */
export function chosenLooks({ attention: { looks } }: Inspection): WordAttentionMaps[] {
  const sizes = [...new Set(looks.map(({ size }) => size))].sort((a, b) => b - a);
  const size = sizes.find((size) => size <= 16) ?? sizes.at(-1);
  return looks.filter((look) => look.size === size).slice(0, captions);
}

/** A caption's line, its frame, and the frame once more for each word. */
async function band(
  inspection: Inspection,
  looks: WordAttentionMaps,
  top: number,
): Promise<{ svg: string; height: number }> {
  const { size } = inspection.stories;
  const { words, maps, caption, story, frame: t, block, probability, low, high } = looks;
  const frame = (await decodeStrip(readStrip(inspection, story, "drawn")))[t]!;
  const told = [
    `${story}, frame ${t + 1}, block ${block} (${looks.size}×${looks.size})`,
    `shares ${low.toFixed(3)} to ${high.toFixed(3)}`,
    ...(probability === undefined ? [] : [`p(SA) ${probability.toFixed(3)}`]),
  ].join("; ");
  const parts = [letters(margin, top + 10, `“${caption}”`), letters(margin, top + 24, told, { size: 9 })];
  const place = (slot: number) =>
    [
      margin + (slot === 0 ? 0 : 1 + (slot - 1) % columns) * (side + gap),
      top + 32 + (slot === 0 ? 0 : Math.floor((slot - 1) / columns)) * (side + 18),
    ] as const;
  const [x0, y0] = place(0);
  parts.push(image(x0, y0, side, await enlargedPng(frame, size, 3), `drawn frame: ${caption}`));
  for (const [w, word] of words.entries()) {
    const [x, y] = place(w + 1);
    parts.push(image(x, y, side, await lit(frame, size, shareOfMap(maps[w]!)), `where the frame looks at “${word}”`));
    parts.push(letters(x + side / 2, y + side + 12, word, { anchor: "middle", size: 10 }));
  }
  return { svg: parts.join("\n"), height: 32 + Math.ceil(words.length / columns) * (side + 18) };
}

/** A frame in grey under a map in colour, as a PNG. */
async function lit(frame: Uint8Array, size: number, map: number[]): Promise<Uint8Array> {
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

/** From dark blue over grey to yellow, which also the colour-blind see get lighter. [Nuñez et al., cividis, 2018] */
const ramp = [[0, 32, 77], [124, 123, 120], [255, 234, 70]] as const;

function heat(share: number): number[] {
  const at = share * (ramp.length - 1);
  const below = Math.min(Math.floor(at), ramp.length - 2);
  return ramp[below]!.map((value, c) => value + (at - below) * (ramp[below + 1]![c]! - value));
}

/** The ramp with its two ends named. */
function legend(x: number, y: number): string {
  const stops = ramp.map((_, i) => {
    const [r, g, b] = ramp[i]!;
    return `<stop offset="${i / (ramp.length - 1)}" stop-color="rgb(${r},${g},${b})"/>`;
  });
  return [
    `<defs><linearGradient id="ramp">${stops.join("")}</linearGradient></defs>`,
    letters(x, y + 9, "least share", { size: 10 }),
    `<rect x="${x + 64}" y="${y}" width="140" height="10" fill="url(#ramp)"/>`,
    letters(x + 210, y + 9, "greatest share of the caption", { size: 10 }),
  ].join("\n");
}

/** A row a word: the mean share, and the place that takes most of it. */
function csvRows({ run, row, seed }: Inspected, looks: WordAttentionMaps): Record<string, unknown>[] {
  const { words, maps, low, high, size, story, frame, caption, block, probability } = looks;
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
      "p(SA)": probability ?? null,
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
