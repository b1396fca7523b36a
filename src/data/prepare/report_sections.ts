/** The content of a report, independent of its format: sections with a table, a bar chart and lines of text. */
import { counted } from "../../base/text.ts";
import { type Manifest, splits } from "../store/manifest.ts";
import type { Statistics } from "./frame_statistics.ts";

export interface ReportFacts {
  manifest: Manifest;
  statistics: Statistics;
  warnings: string[];
  findings: string[];
  /** Error messages of skipped inputs, and the number of stories that were skipped because of them. */
  dropped: string[];
  lost: number;
  /** The contact sheet, bytes of a PNG file. */
  contact: Uint8Array;
}

/** A section of the report. */
export interface Section {
  title: string;
  table?: { head?: string[]; rows: (string | number)[][] };
  /** Bars from left to right, with the titles of both axes. */
  chart?: { x: string; y: string; bars: { label: string; count: number }[] };
  lines?: string[];
}

const mostBars = 24;
const frequentWords = 20;

/** The sections of a report; empty ones are omitted. */
export function reportSections(
  { manifest, statistics, warnings, findings, dropped, lost }: ReportFacts,
): Section[] {
  const { captions, words, lengths, unknown, clips } = statistics;
  const once = words.filter(([, n]) => n === 1).length;
  const options = Object.entries(manifest.options).map(([key, value]) => `${key} ${value}`);
  const total = splits.reduce((sum, split) => sum + manifest.stories[split], 0);
  const sections: (Section | false)[] = [
    {
      title: "Source",
      table: {
        rows: [
          ["prepared from", `${manifest.source}, version ${manifest.sourceVersion}`],
          ["options", options.join(", ") || "none"],
          ["frames per story", manifest.frames],
          ["pictures", `${manifest.size} × ${manifest.size}, RGB`],
          ["rendered or decoded by", Object.entries(manifest.drawnBy).map((entry) => entry.join(" ")).join(", ")],
        ],
      },
    },
    warnings.length > 0 && { title: "Warnings", lines: warnings },
    {
      title: "Counts",
      table: {
        head: ["split", "stories", "distinct frames", "pictures"],
        rows: [
          ...splits.map((split) => {
            const { frames, pictures } = statistics.splits[split];
            return [split, manifest.stories[split], frames, pictures];
          }),
          ["all", total, manifest.differentFrames, manifest.pictures],
        ],
      },
    },
    {
      title: "Captions",
      table: {
        rows: [
          ["captions", captions.count],
          ["words per caption", `${captions.shortest} to ${captions.longest}, ${captions.mean} on average`],
        ],
      },
      chart: { x: "words per caption", y: "captions", bars: binned(lengths) },
    },
    {
      title: "Vocabulary",
      table: {
        rows: [
          ["distinct words", captions.vocabulary],
          ["words that occur once", `${once} (${percent(once / Math.max(1, captions.vocabulary))})`],
          ...(["val", "test"] as const).filter((split) => manifest.stories[split] > 0).map((split) => {
            const { words, unknown: strange, share } = unknown[split];
            return [
              `words of ${split} that are not in train`,
              `${strange} of ${words} (${percent(strange / Math.max(1, words))}), ${percent(share)} of the text`,
            ];
          }),
        ],
      },
    },
    words.length > 0 && {
      title: "Most frequent words",
      chart: {
        x: "word",
        y: "occurrences",
        bars: words.slice(0, frequentWords).map(([label, count]) => ({ label, count })),
      },
    },
    clips.length > 2 && {
      title: "Pictures per frame",
      chart: { x: "pictures", y: "frames", bars: binned(clips) },
    },
    manifest.labels !== undefined && {
      title: "Labels",
      chart: {
        x: "label",
        y: "frames",
        bars: manifest.labels.map((label, i) => ({ label, count: statistics.labels[i] ?? 0 })),
      },
    },
    findings.length > 0 && { title: "Findings", lines: findings },
    dropped.length > 0 && {
      title: `Skipped: ${skippedInWords(dropped.length, lost)}`,
      lines: dropped,
    },
    {
      title: "Files",
      table: {
        head: ["file", "bytes", "SHA-256"],
        rows: Object.entries(manifest.files).map(([file, { bytes, sha256 }]) => [file, bytes, sha256]),
      },
    },
  ];
  return sections.filter((section) => section !== false);
}

/** Numbers of invalid inputs and of the stories that are lost with them. */
export function skippedInWords(inputs: number, stories: number): string {
  return `${counted(inputs, "invalid input")} and, because of ${inputs === 1 ? "it" : "them"}, ${
    counted(stories, "story", "stories")
  }`;
}

/** Bars of counts, starting with the first number that occurs; several numbers share a bar where there are many. */
function binned(counts: number[]): { label: string; count: number }[] {
  const first = Math.max(0, counts.findIndex((n) => n > 0));
  const width = Math.max(1, Math.ceil((counts.length - first) / mostBars));
  return Array.from({ length: Math.ceil((counts.length - first) / width) }, (_, i) => {
    const from = first + i * width;
    const count = counts.slice(from, from + width).reduce((sum, n) => sum + n, 0);
    return { label: width === 1 ? String(from) : `${from}–${from + width - 1}`, count };
  });
}

function percent(share: number): string {
  return `${share === 0 ? 0 : (100 * share).toFixed(share < 0.01 ? 3 : 1)} %`;
}
