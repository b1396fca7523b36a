/** The last part of making a set: everything but its pictures, from what the source found. */
import sharp from "sharp";
import { fail } from "../../base/errors.ts";
import { sha256File, writeAtomic } from "../../base/files.ts";
import { FRAMES, IMAGES, MANIFEST, type Manifest, manifestText, splits, STORIES } from "../manifest.ts";
import { SIZE } from "../pictures.ts";
import type { SetSource, Source, SourceStory } from "../source.ts";
import type { Outcome } from "./partial.ts";
import { writeReport } from "./report.ts";
import { captionStatistics } from "./statistics.ts";

/** What is known when all pictures are written. */
export interface Assembly {
  folder: string;
  name: string;
  source: SetSource;
  /** The options as the manifest states them. */
  stated: Manifest["options"];
  found: Source;
  stories: SourceStory[];
  /** Numbers of the source's frames in the order of their pictures, and what became of each. */
  used: number[];
  outcomes: Outcome[];
  /** Bad input that was left out. */
  dropped: string[];
}

/**
 * Writes frames, stories, report and contact sheet, and the manifest last.
 *
 * @throws UserError when bad input has left no story
 */
export async function assemble(
  { folder, name, source, stated, found, stories, used, outcomes, dropped }: Assembly,
): Promise<{ manifest: Manifest; warnings: string[] }> {
  const statistics = captionStatistics();
  const numbers = new Map<number, number>(); // of a source's frame in the set
  let first = 0;
  const frameLines = openLines(`${folder}/${FRAMES}`);
  used.forEach((number, i) => {
    const outcome = outcomes[i]!;
    if ("dropped" in outcome) return;
    const { id, captions, scene, labels } = found.frames[number]!;
    const pictures = { first, count: outcome.pictures };
    first += outcome.pictures;
    numbers.set(number, numbers.size);
    statistics.add(captions);
    frameLines.write({ id, pictures, captions, scene, labels });
  });
  frameLines.close();
  const kept = stories.filter(({ frames }) => frames.every((number) => numbers.has(number)));
  const lost = stories.length - kept.length;
  if (kept.length === 0) fail(`No story is left: all ${lost} lost a frame to bad input.`);
  const storyLines = openLines(`${folder}/${STORIES}`);
  for (const { id, split, frames } of kept) storyLines.write({ id, split, frames: frames.map((n) => numbers.get(n)!) });
  storyLines.close();

  const counts = splits.map((split) => [split, kept.filter((story) => story.split === split).length]);
  const files = [IMAGES, FRAMES, STORIES].map((file) => {
    const path = `${folder}/${file}`;
    return [file, { bytes: Deno.statSync(path).size, sha256: sha256File(path) }];
  });
  const manifest: Manifest = {
    format: "storyloom-stories",
    version: 2,
    name,
    source: source.name,
    sourceVersion: source.version,
    options: stated,
    frames: found.length,
    size: SIZE,
    ...(found.scene ? { scene: found.scene } : {}),
    ...(found.labels ? { labels: found.labels } : {}),
    stories: Object.fromEntries(counts) as Manifest["stories"],
    differentFrames: numbers.size,
    pictures: first,
    captions: statistics.result(),
    dropped: dropped.length,
    drawnBy: drawnBy(),
    files: Object.fromEntries(files),
  };
  const warnings = [
    ...(found.warnings ?? []),
    ...(dropped.length > 0
      ? [`${dropped.length} pieces of bad input and ${lost} stories with them were left out`]
      : []),
  ];
  const findings = found.findings?.() ?? [];
  await writeReport(folder, { manifest, lengths: statistics.lengths(), warnings, findings, dropped, lost });
  writeAtomic(`${folder}/${MANIFEST}`, manifestText(manifest));
  return { manifest, warnings };
}

function drawnBy(): Record<string, string> {
  const { sharp: version = "unknown", rsvg = "unknown", vips = "unknown" } = sharp.versions;
  return { sharp: version, librsvg: rsvg, libvips: vips };
}

/** A file of JSON lines, written by the megabyte. */
function openLines(path: string): { write(value: unknown): void; close(): void } {
  const file = Deno.openSync(path, { create: true, truncate: true, write: true });
  let waiting = "";
  const flush = () => {
    const bytes = new TextEncoder().encode(waiting);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    waiting = "";
  };
  return {
    write(value) {
      waiting += JSON.stringify(value) + "\n";
      if (waiting.length > 1 << 20) flush();
    },
    close() {
      flush();
      file.syncSync();
      file.close();
    },
  };
}
