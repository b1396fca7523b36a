/**
 * The manifest of a prepared data set: what it holds and the digest of every file.
 *
 * It is written last, so its presence means that the set was finished; its digests say whether the files are still the
 * ones that were finished. The SHA-256 of the manifest itself names the set in every run record.
 */
import { z } from "zod";
import { fail } from "../base/errors.ts";

export const MANIFEST = "manifest.json";
export const IMAGES = "images.u8"; // uint8 [stories, T, 64, 64, 3], splits in order train, val, test
export const STORIES = "stories.jsonl"; // one story a line, in the order of the images

export const splits = ["train", "val", "test"] as const;
export type Split = typeof splits[number];

const count = z.int().min(0);

export const manifestSchema = z.object({
  format: z.literal("storyloom-stories"),
  /** Of the world and its grammar: a change of either that changes a byte raises it. */
  version: z.int().min(1),
  name: z.string(),
  seed: count,
  frames: z.int().min(1), // T
  size: z.int().min(1), // height and width in pixels
  scene: z.object({ width: count, height: count }), // the pixels that x and y of a scene graph count
  stories: z.object({ train: count, val: count, test: count }),
  captions: z.object({
    count,
    perFrame: count,
    levels: z.record(z.string(), count),
    vocabulary: count, // words in use over all splits
    shortest: count, // in words
    longest: count,
    mean: z.number(),
  }),
  /** Versions of what drew the pictures: another one may differ by a grey level. */
  drawnBy: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.object({ bytes: count, sha256: z.string() })),
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
