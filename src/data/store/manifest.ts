/**
 * The manifest of a prepared data set: its counts, its options and the SHA-256 of every file.
 *
 * It is written last, so a folder with a manifest is complete; its digests show whether a file has changed since. The
 * SHA-256 of the manifest itself identifies the data set in every run record.
 */
import { z } from "zod";
import { fail } from "../../base/errors.ts";

export const MANIFEST = "manifest.json";
export const IMAGES = "images.u8"; // uint8 [pictures, 64, 64, 3]
export const FRAMES = "frames.jsonl"; // one frame a line, with the indices of its pictures
export const STORIES = "stories.jsonl"; // one story a line, with the indices of its frames

export const splits = ["train", "val", "test"] as const;
export type Split = typeof splits[number];

const count = z.int().min(0);

export const manifestSchema = z.object({
  format: z.literal("storyloom-stories"),
  /** Version of the file format. */
  version: z.literal(2),
  name: z.string(),
  /** The source in `sets/` that produced the set, with its version and options. */
  source: z.string(),
  sourceVersion: z.int().min(1),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  frames: z.int().min(1), // T
  size: z.literal(64), // height and width in pixels
  scene: z.object({ width: count, height: count }).optional(), // pixels: range of x and y in scene graphs
  labels: z.array(z.string()).optional(), // names of the label vector's entries
  stories: z.object({ train: count, val: count, test: count }),
  /** Distinct frames (a frame may belong to several stories), and their pictures. */
  differentFrames: count,
  pictures: count,
  captions: z.object({
    count,
    vocabulary: count, // distinct words over all splits
    shortest: count, // in words
    longest: count,
    mean: z.number(),
  }),
  /** Number of invalid inputs that were skipped; report.txt lists them. */
  dropped: count,
  /** Versions of the libraries that rendered or decoded the pictures; others may differ by one grey level. */
  drawnBy: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.object({ bytes: count, sha256: z.string() }))
    .refine(
      (files) => [IMAGES, FRAMES, STORIES].every((file) => file in files),
      `expected an entry for each of ${IMAGES}, ${FRAMES} and ${STORIES}`,
    ),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** The folder of the prepared files of data set `name`; `root` is the `data` folder. */
export function preparedFolder(name: string, root: string): string {
  return `${root}/${name}/prepared`;
}

/**
 * Reads the manifest of data set `name`: the text of the file and its parsed content.
 *
 * @returns undefined when the set was never completed
 * @throws UserError when the file exists but is not a manifest of this version
 */
export async function readManifest(
  name: string,
  root: string,
): Promise<{ text: string; manifest: Manifest } | undefined> {
  const folder = preparedFolder(name, root);
  let text: string;
  try {
    text = await Deno.readTextFile(`${folder}/${MANIFEST}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
  const result = manifestSchema.safeParse(parse(text));
  if (result.success) return { text, manifest: result.data };
  const issue = result.error.issues[0]!;
  fail(
    `${folder}/${MANIFEST} is not a manifest of this version (${issue.path.join(".")}: ${issue.message}); ` +
      `${makeAgain(name)}.`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What to do about a damaged data set, as the end of an error message. */
export function makeAgain(name: string): string {
  return `prepare the data set again with \`deno task prepare ${name} --force\``;
}

/** The manifest as the text of its file. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2) + "\n";
}
