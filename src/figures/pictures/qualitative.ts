/**
 * Figures 2 and 3: one row for each sentence of a story, one column for its real frames and one for each system. All
 * systems generate from the same sentences with the same noise, each with its best checkpoint on val.
 */
import { from } from "arquero";
import { counted } from "../../base/text.ts";
import { decodeStrip, enlargedPng } from "../../evaluation/inspect/strips.ts";
import { paperSystem } from "../../model/systems/mod.ts";
import { readStrip, stripFile } from "../../records/inspection.ts";
import { ablationRows, fullModel } from "../../study/ablation_rows.ts";
import { drawing, image, lineHeight, paragraph, textLine } from "../render/drawing.ts";
import { textWidth } from "../render/fonts.ts";
import type { FigureInput, FigureOutput } from "../figure.ts";
import { setTitle } from "../labels.ts";
import { describeGroup, type InspectedGroup, inspectedGroups, leftOfInspected, ofOneSeed } from "../inspected.ts";
import { systemTitle } from "../rows.ts";

const side = 96; // of a frame
const gap = 8;
const margin = 16;
const textColumn = 190;
const head = 34; // height of the columns' titles

/** The first group on the data set that the paper shows, or else the first group. */
export function groupFor(groups: InspectedGroup[], data: string): InspectedGroup {
  return groups.find((group) => group.data === data) ?? groups[0]!;
}

/**
 * Draws one story of the inspected runs.
 *
 * @param figure The paper's figure, e.g. `Figure 2`, and the data set that it shows.
 * @param at Index of the story in the inspections; the last story where there are fewer.
 * @throws MissingData where no run was inspected.
 */
export async function qualitative(
  input: FigureInput,
  { figure, data }: { figure: string; data: string },
  at: number,
): Promise<FigureOutput> {
  const groups = inspectedGroups(input);
  const group = groupFor(groups, data);
  const systems = ofOneSeed(group);
  const { frames, size, stories, of } = systems[0]!.inspection.stories;
  const { id, captions } = stories[Math.min(at, stories.length - 1)]!;
  const shown = systems.filter(({ inspection }) => inspection.stories.stories.some((story) => story.id === id));
  const columns = [
    { title: "real", note: "", run: "", strip: readStrip(shown[0]!.inspection, id, "real") },
    ...shown.map(({ row, title, run, inspection }) => ({
      title: row === fullModel ? row : title,
      note: row === fullModel ? title : "",
      run: run.name,
      strip: readStrip(inspection, id, "drawn"),
    })),
  ];

  const left = margin + textColumn + gap;
  const top = 46;
  const title = `${figure}: a story of ${group.dataTitle}, as each system draws it`;
  const grid = left + columns.length * (side + gap) - gap;
  const width = margin + Math.max(grid, margin + textWidth(title, 14, "bold"));
  const parts = [textLine(margin, 28, title, { size: 14, bold: true })];
  const heading = (x: number, text: string, note: string) => {
    const { svg, lines } = paragraph(x + side / 2, 0, text, side + gap - 2, { anchor: "middle", bold: true });
    const start = top + head - 6 - (lines - 1) * lineHeight(11) - (note ? lineHeight(10) : 0);
    parts.push(svg.replaceAll(/ y="([\d.]+)"/g, (_, y) => ` y="${Number(y) + start}"`));
    if (note) parts.push(textLine(x + side / 2, top + head - 6, note, { anchor: "middle", size: 10 }));
  };
  parts.push(textLine(margin, top + head - 6, "sentence", { bold: true }));
  for (const [c, { title, note, strip }] of columns.entries()) {
    const x = left + c * (side + gap);
    heading(x, title, note);
    for (const [t, frame] of (await decodeStrip(strip)).entries()) {
      const alt = `${title}, frame ${t + 1}: ${captions[t]}`;
      parts.push(image(x, top + head + t * (side + gap), side, await enlargedPng(frame, size, 3), alt));
    }
  }
  captions.forEach((caption, t) => {
    const y = top + head + t * (side + gap) + 14;
    parts.push(textLine(margin, y, `${t + 1}`, { bold: true }));
    parts.push(paragraph(margin + 16, y, caption, textColumn - 16).svg);
  });

  const absent = ablationRows.filter(({ label }) => !shown.some(({ row }) => row === label)).map(({ title }) => title);
  const peers = Object.keys(input.paper.table1.rows).filter((system) =>
    system !== paperSystem && !shown.some(({ run }) => run.config.system === system)
  ).map(systemTitle);
  const notes = [
    `Story ${id} of the ${of.split} split, the same for every system: the ${
      ordinal(at)
    } of a drawn order, not picked by eye. ` +
    `One run a system (${
      describeGroup(group, shown)
    }), best checkpoint on val, one noise for the story in all columns.`,
    ...(group.data === data ? [] : [`The paper's ${figure} shows ${setTitle(data)}; no run of it is recorded yet.`]),
    ...(absent.length > 0 ? [`Not recorded yet: ${absent.join(", ")}.`] : []),
    ...(peers.length > 0
      ? [`${inWords(peers)} have no runs of this kit yet; each gets a column when it has one.`]
      : []),
  ];
  let y = top + head + frames * (side + gap) + 12;
  for (const note of notes) {
    const { svg, lines } = paragraph(margin, y, note, width - 2 * margin, { size: 10 });
    parts.push(svg);
    y += lines * lineHeight(10) + 3;
  }
  const description = `A grid of ${counted(frames, "sentence")} by ${counted(columns.length, "column")}: ${
    columns.map(({ title }) => title).join(", ")
  }.`;
  const rows = captions.flatMap((caption, t) =>
    columns.map(({ title, run }) => ({
      data: group.data,
      story: id,
      frame: t,
      caption,
      column: title,
      run,
      seed: run === "" ? "" : shown[0]!.seed,
      picture: stripFile(id, run === "" ? "real" : "drawn"),
    }))
  );
  const svg = drawing({ width, height: y + margin - 6, title, description }, parts);
  return { csv: from(rows).toCSV(), svg, left: leftOfInspected(input.runs, groups, shown) };
}

const inWords = (items: string[]): string =>
  [items.slice(0, -1).join(", "), items.at(-1)!].filter((part) => part !== "").join(" and ");

const ordinal = (at: number): string => ["first", "second", "third"][at] ?? `${at + 1}th`;
