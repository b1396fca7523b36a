/** The stories with the lowest scores of the full model: real and generated frames, with missing and extra objects. */
import { from } from "arquero";
import { counted, fixed } from "../../base/text.ts";
import { type Failure, readStrip } from "../../records/inspection.ts";
import { decodeStrip, enlargedPng } from "../../evaluation/inspect/strips.ts";
import { drawing, image, lineHeight, paragraph, textLine } from "../render/drawing.ts";
import type { Figure } from "../figure.ts";
import { describeGroup, fullModels, type Inspected, inspectedGroups, leftOfInspected } from "../inspected.ts";

const side = 128;
const gap = 8;
const margin = 16;
const labels = 44; // left of the frames

const names = { "object-f1": "object F1", cosine: "cosine" };

export const failures: Figure = {
  name: "failures",
  title: "The stories with the lowest scores of the full model",
  sources: "inspected runs of the full model (deno task inspect)",
  async make(input) {
    const groups = inspectedGroups(input);
    const { group, members } = fullModels(groups);
    const shown = members[0]!;
    const { stories: { frames, of }, failures: { score, judged, mean, failures } } = shown.inspection;
    const width = 2 * margin + labels + frames * (side + gap) - gap;
    const title = `The worst of ${counted(judged, "story", "stories")} by ${names[score.metric]}`;
    const parts = [textLine(margin, 28, title, { size: 14, bold: true })];
    let y = 48;
    for (const failure of failures) {
      const block = await story(shown, failure, y, width - 2 * margin);
      parts.push(block.svg);
      y += block.height + 18;
    }
    const notes = [
      `Score: ${
        names[score.metric]
      } of a story, ${score.unit}, by ${score.by}, higher is better; mean of the ${judged} ${of.split} ` +
      `stories ${
        fixed(mean, 1)
      }. Objects are those that the classifier sees or misses in drawn frames, with the number of ` +
      `frames; it errs on real frames too.`,
      `Full model, ${describeGroup(group, [shown])}, best checkpoint on val (run ${shown.run.name}).`,
    ];
    for (const note of notes) {
      const { svg, lines } = paragraph(margin, y, note, width - 2 * margin, { size: 10 });
      parts.push(svg);
      y += lines * lineHeight(10) + 4;
    }
    const description = `${counted(failures.length, "story", "stories")}, real frames above drawn ones: ${
      failures.map(({ id }) => id).join(", ")
    }.`;
    const rows = members.flatMap(({ run, seed, inspection: { failures: { score, mean, judged, failures } } }) =>
      failures.flatMap(({ id, captions, score: value, real, missing, extra }) => ({
        run: run.name,
        seed,
        story: id,
        captions: captions.join(" | "),
        metric: score.metric,
        by: score.by,
        score: value,
        "of real frames": real,
        "mean of all": mean,
        "stories judged": judged,
        missing: listed(missing),
        "too much": listed(extra),
      }))
    );
    const svg = drawing({ width, height: y + margin - 6, title, description }, parts);
    return { csv: from(rows).toCSV(), svg, left: leftOfInspected(input.runs, groups, members) };
  },
};

/** One story: captions, real frames, generated frames, and the missing and extra objects. */
async function story(
  { inspection }: Inspected,
  { id, captions, score, real, missing, extra }: Failure,
  top: number,
  width: number,
): Promise<{ svg: string; height: number }> {
  const { stories: { size }, failures: { score: { metric } } } = inspection;
  const left = margin + labels;
  const head = `${id}: ${names[metric]} ${fixed(score, 1)}, real frames ${fixed(real, 1)}`;
  const parts = [textLine(margin, top + 12, head, { bold: true })];
  const captionTexts = captions.map((caption, t) =>
    paragraph(left + t * (side + gap), top + 32, caption, side, { size: 10 })
  );
  parts.push(...captionTexts.map(({ svg }) => svg));
  let y = top + 26 + Math.max(...captionTexts.map(({ lines }) => lines)) * lineHeight(10);
  for (const kind of ["real", "drawn"] as const) {
    parts.push(textLine(margin, y + side / 2 + 4, kind));
    for (const [t, frame] of (await decodeStrip(readStrip(inspection, id, kind))).entries()) {
      const picture = await enlargedPng(frame, size, 4);
      parts.push(image(left + t * (side + gap), y, side, picture, `${kind}, frame ${t + 1}: ${captions[t]}`));
    }
    y += side + gap;
  }
  for (const [what, objects] of [["missing", missing], ["too much", extra]] as const) {
    if (!objects) continue;
    const { svg, lines } = paragraph(margin, y + 10, `${what}: ${listed(objects) || "nothing"}`, width, { size: 10 });
    parts.push(svg);
    y += lines * lineHeight(10) + 2;
  }
  return { svg: parts.join("\n"), height: y - top };
}

/** Objects with their numbers of frames as text, most frames first: `ball 3, dog 1`. */
export function listed(objects: Record<string, number> = {}): string {
  return Object.entries(objects).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name, n]) => `${name} ${n}`)
    .join(", ");
}
