/**
 * The manifest of a prepared data set: what it holds and the digest of every file.
 *
 * It is written last, so its presence means that the set was finished; its digests say whether the files are still the
 * ones that were finished. The SHA-256 of the manifest itself names the set in every run record.
 */
import { z } from "zod";
import { fail } from "../../base/errors.ts";

export const MANIFEST = "manifest.json";
export const IMAGES = "images.u8"; // uint8 [pictures, 64, 64, 3]
export const FRAMES = "frames.jsonl"; // one frame a line, with the numbers of its pictures
export const STORIES = "stories.jsonl"; // one story a line, with the numbers of its frames

export const splits = ["train", "val", "test"] as const;
export type Split = typeof splits[number];

const count = z.int().min(0);

export const manifestSchema = z.object({
  format: z.literal("storyloom-stories"),
  /** Of these files. */
  version: z.literal(2),
  name: z.string(),
  /** Which file of `sets/` made it, in which version, with which options. */
  source: z.string(),
  sourceVersion: z.int().min(1),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  frames: z.int().min(1), // T
  size: z.literal(64), // height and width in pixels
  scene: z.object({ width: count, height: count }).optional(), // the pixels that x and y of a scene graph count
  labels: z.array(z.string()).optional(), // names of the label vector's entries
  stories: z.object({ train: count, val: count, test: count }),
  /** Different frames, of which each may stand in several stories, and their pictures. */
  differentFrames: count,
  pictures: count,
  captions: z.object({
    count,
    vocabulary: count, // words in use over all splits
    shortest: count, // in words
    longest: count,
    mean: z.number(),
  }),
  /** Bad input that was left out, see report.txt. */
  dropped: count,
  /** Versions of what drew or decoded the pictures: another one may differ by a grey level. */
  drawnBy: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.object({ bytes: count, sha256: z.string() }))
    .refine((files) => [IMAGES, FRAMES, STORIES].every((file) => file in files), "a file is not among them"),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Which folder holds the prepared files of data set `name`; `root` is the `data` folder. */
export function preparedFolder(name: string, root: string): string {
  return `${root}/${name}/prepared`;
}

/**
 * The manifest text of data set `name` and its meaning, or undefined when the set was never finished.
 *
 * @throws UserError when the file is there but is no manifest of this kit.
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

/** What to do about a damaged set; the end of an error's sentence. */
export function makeAgain(name: string): string {
  return `make the set again with \`deno task prepare ${name} --force\``;
}

/** The manifest as it stands in its file. */
export function manifestText(manifest: Manifest): string {
  return JSON.stringify(manifest, null, 2) + "\n";
}
