/** The last step of preparing a data set: writes everything but the pictures. */
import sharp from "sharp";
import { counted } from "../../base/text.ts";
import { fail } from "../../base/errors.ts";
import { sha256File, writeAtomic } from "../../base/files.ts";
import { fixedCaption, fixedPicture } from "../batches/stories.ts";
import {
  FRAMES,
  IMAGES,
  MANIFEST,
  type Manifest,
  manifestText,
  type Split,
  splits,
  STORIES,
} from "../store/manifest.ts";
import { SIZE } from "../files/pictures.ts";
import type { Frame } from "../store/scene.ts";
import type { SetSource, Source, SourceStory } from "../sets/source.ts";
import { readRecords } from "../store/stories.ts";
import { type ContactFrame, drawContactSheet } from "./contact_sheet.ts";
import type { Outcome } from "./partial.ts";
import { type ReportFacts, skippedInWords } from "./report_sections.ts";
import { frameStatistics, type Statistics } from "./frame_statistics.ts";

/** Number of stories on the contact sheet. */
const shownStories = 8;

/** The inputs of {@link assemble}, known once all pictures are written. */
export interface Assembly {
  folder: string;
  name: string;
  source: SetSource;
  /** The options as they are written to the manifest. */
  stated: Manifest["options"];
  found: Source;
  stories: SourceStory[];
  /** Indices of the source's frames in the order of their pictures, and the outcome of each. */
  used: number[];
  outcomes: Outcome[];
  /** Error messages of invalid inputs that were skipped. */
  dropped: string[];
}

/**
 * Writes the frames, the stories, the contact sheet and, last, the manifest.
 *
 * @returns the facts of the report
 * @throws UserError when no story is left because each has a frame that was skipped
 */
export async function assemble(
  { folder, name, source, stated, found, stories, used, outcomes, dropped }: Assembly,
): Promise<ReportFacts> {
  const pictures = placesOf(used, outcomes);
  const kept = stories.filter(({ frames }) => frames.every((number) => pictures.has(number)));
  const lost = stories.length - kept.length + (found.lost ?? 0);
  if (kept.length === 0) {
    fail(
      `No story is left: each of the ${stories.length} stories has a frame whose input is invalid. Run again without --skip-bad to ` +
        `get the first error.`,
    );
  }

  const statistics = writeFrames(`${folder}/${FRAMES}`, found, pictures, kept);
  const numbers = new Map([...pictures.keys()].map((number, i) => [number, i])); // source index → index in the set
  const storyLines = openLines(`${folder}/${STORIES}`);
  for (const { id, split, frames } of kept) storyLines.write({ id, split, frames: frames.map((n) => numbers.get(n)!) });
  storyLines.close();

  const contact = await drawContactSheet(firstStories(folder, name, found, pictures, kept));
  writeAtomic(`${folder}/contact.png`, contact);
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
    differentFrames: pictures.size,
    pictures: [...pictures.values()].reduce((sum, { count }) => sum + count, 0),
    captions: statistics.captions,
    dropped: dropped.length,
    drawnBy: drawnBy(),
    files: Object.fromEntries(files),
  };
  const warnings = [...(found.warnings ?? []), ...remarksOn(found, used, outcomes)];
  if (dropped.length > 0) warnings.push(`${skippedInWords(dropped.length, lost)} skipped`);
  writeAtomic(`${folder}/${MANIFEST}`, manifestText(manifest));
  return { manifest, statistics, warnings, findings: found.findings?.() ?? [], dropped, lost, contact };
}

/** A line for each way in which pictures were changed when they were decoded. */
function remarksOn({ frames }: Source, used: number[], outcomes: Outcome[]): string[] {
  const found = new Map<string, { count: number; first: string }>();
  used.forEach((number, i) => {
    const outcome = outcomes[i]!;
    if ("dropped" in outcome) return;
    for (const what of outcome.remarks ?? []) {
      const { count, first } = found.get(what) ?? { count: 0, first: frames[number]!.id };
      found.set(what, { count: count + 1, first });
    }
  });
  return [...found].map(([what, { count, first }]) =>
    `Pictures ${what}: ${counted(count, "frame")}, ${count === 1 ? "" : "the first is "}"${first}"`
  );
}

/** The indices of each frame's pictures in the set, by the frame's index in the source; skipped frames are missing. */
function placesOf(used: number[], outcomes: Outcome[]): Map<number, Frame["pictures"]> {
  const places = new Map<number, Frame["pictures"]>();
  let first = 0;
  used.forEach((number, i) => {
    const outcome = outcomes[i]!;
    if ("dropped" in outcome) return;
    places.set(number, { first, count: outcome.pictures });
    first += outcome.pictures;
  });
  return places;
}

/** Writes the frames and computes their statistics. */
function writeFrames(
  path: string,
  found: Source,
  places: Map<number, Frame["pictures"]>,
  stories: SourceStory[],
): Statistics {
  const within = new Map<number, Set<Split>>();
  for (const { split, frames } of stories) {
    for (const number of frames) {
      if (!within.has(number)) within.set(number, new Set());
      within.get(number)!.add(split);
    }
  }
  const statistics = frameStatistics();
  const lines = openLines(path);
  for (const [number, pictures] of places) {
    const { id, captions, scene, labels } = found.frames[number]!;
    statistics.add({ captions, labels, pictures: pictures.count }, within.get(number) ?? []);
    lines.write({ id, pictures, captions, scene, labels });
  }
  lines.close();
  return statistics.result();
}

/** The first stories of the first non-empty split, with the captions and pictures that evaluation uses. */
function firstStories(
  folder: string,
  name: string,
  found: Source,
  places: Map<number, Frame["pictures"]>,
  stories: SourceStory[],
): ContactFrame[][] {
  const shown = stories.filter(({ split }) => split === stories[0]!.split).slice(0, shownStories);
  return shown.map(({ frames }, index) => {
    const pictures = frames.map((number) => fixedPicture({ pictures: places.get(number)! }));
    return readRecords(`${folder}/${IMAGES}`, pictures, SIZE * SIZE * 3, name).map((picture, t) => {
      const { captions } = found.frames[frames[t]!]!;
      return { picture, caption: captions[fixedCaption({ index }, t, captions.length)]!.text };
    });
  });
}

function drawnBy(): Record<string, string> {
  const { sharp: version = "unknown", rsvg = "unknown", vips = "unknown" } = sharp.versions;
  return { sharp: version, librsvg: rsvg, libvips: vips };
}

/** Opens a file of JSON lines; writes are buffered to about one megabyte. */
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
