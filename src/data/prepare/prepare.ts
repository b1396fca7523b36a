/**
 * Makes a data set on disk.
 *
 * The source finds the stories; here their pictures are read by many hands at once, written in order, counted and
 * described. All of it happens in a folder beside the finished one, which takes its place in one rename with the manifest
 * written last: a reader sees the former set or the new one, never half of either.
 */
import { availableParallelism } from "node:os";
import sharp from "sharp";
import { fail, UserError } from "../../base/errors.ts";
import { digestJson, reason } from "../../base/files.ts";
import { type Archive, openArchive } from "../files/archive.ts";
import { type Manifest, preparedFolder, readManifest, splits } from "../store/manifest.ts";
import type { BadInput, SetSource, Source } from "../sets/source.ts";
import { findSource } from "../sets/mod.ts";
import { dataRoot, verifyFiles } from "../store/stories.ts";
import { assemble } from "./assemble.ts";
import { openPartial, type Outcome, type Partial } from "./partial.ts";
import { inOrder } from "./in_order.ts";
import { writeReport } from "./report.ts";

export interface PrepareOptions {
  /** A zip or a folder, for a source that reads one. */
  from?: string;
  /** What the set is called; default: like its source. */
  name?: string;
  /** The source's own options. */
  options?: Record<string, unknown>;
  /** At most so many stories of each split, the first ones. */
  limit?: number;
  /** Leave out bad input, count it and list it in the report. */
  skipBad?: boolean;
  /** Make the set anew though a good one is there. */
  force?: boolean;
  /** The `data` folder. */
  root?: string;
  /** Hears how many of all frames are done. */
  onProgress?: (done: number, total: number) => void;
}

export interface Prepared {
  manifest: Manifest;
  folder: string;
  /** False when the set was there already. */
  made: boolean;
  /** What a user ought to know, bad input that was left out included. */
  warnings: string[];
}

/**
 * Prepares a data set; does nothing when the same set is there and whole.
 *
 * @param set the name of a file in `sets/`, or what such a file exports
 * @throws UserError for options that make no set, bad input (unless skipped), a damaged set (unless forced) and when the
 *   disk refuses.
 */
export async function prepareSet(set: string | SetSource, options: PrepareOptions = {}): Promise<Prepared> {
  const source = typeof set === "string" ? await findSource(set) : set;
  const name = options.name ?? source.name;
  if (!/^[a-z0-9][\w.-]*$/.test(name)) {
    fail(`A data set cannot be called "${name}": use lower-case letters, digits, ".", "-" and "_".`);
  }
  const root = options.root ?? dataRoot;
  const folder = preparedFolder(name, root);
  const own = readOptions(source, options.options ?? {});
  const archive = source.from && options.from !== undefined ? await openArchive(options.from) : undefined;
  try {
    const { manifest: former } = (options.force ? undefined : await readManifest(name, root)) ?? {};
    // Without --from, a set that is there is taken to be made of the same.
    const input = archive ? await source.fingerprint?.(archive) : former?.options.input;
    const stated = { ...own, ...defined({ limit: options.limit, input }) } as Manifest["options"];
    if (former) verifyFiles(name, folder, former);
    if (former && isSame(former, source, stated)) return { manifest: former, folder, made: false, warnings: [] };
    if (source.from && !archive) {
      fail(
        `The data set "${source.name}" is read from a download: say where it lies, --from PATH (a zip or a folder).`,
      );
    }
    return await make(source, name, root, own, stated, archive, options);
  } catch (error) {
    if (isDiskError(error)) fail(`Cannot write the data set to ${folder}: ${reason(error)}.`, error);
    throw error;
  } finally {
    archive?.close();
  }
}

function defined(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The source's options, checked and with their defaults. */
function readOptions(source: SetSource, given: Record<string, unknown>): Record<string, unknown> {
  const result = source.options.safeParse(given);
  if (result.success) return defined(result.data);
  const issue = result.error.issues[0]!;
  const key = String(issue.path[0] ?? "");
  fail(`--${key} cannot be ${String(given[key])}: ${issue.message.replace(/^Invalid \w+: /, "")}.`);
}

function isSame(manifest: Manifest, source: SetSource, options: Manifest["options"]): boolean {
  return manifest.source === source.name && manifest.sourceVersion === source.version &&
    digestJson(manifest.options) === digestJson(options);
}

async function make(
  source: SetSource,
  name: string,
  root: string,
  own: Record<string, unknown>,
  stated: Manifest["options"],
  archive: Archive | undefined,
  { limit = Infinity, skipBad = false, onProgress }: PrepareOptions,
): Promise<Prepared> {
  const dropped: string[] = [];
  const bad: BadInput = {
    drop(message) {
      if (!skipBad) fail(`${message} To leave such things out, add --skip-bad.`);
      dropped.push(message);
    },
  };
  const found = await source.open(own, bad, archive);
  const stories = splits.flatMap((split) => found.stories.filter((story) => story.split === split).slice(0, limit));
  if (stories.length === 0) fail(`"${archive?.where ?? source.name}" holds no story of ${found.length} frames.`);
  const used = [...new Set(stories.flatMap(({ frames }) => frames))]; // in the order of their first story
  const plan = digestJson({
    source: source.name,
    version: source.version,
    stated,
    stories,
    ids: used.map((n) => found.frames[n]!.id),
  });
  const partial = openPartial(name, root, plan);
  try {
    const outcomes = await readPictures(found, used, partial, bad, onProgress);
    const parts = { folder: partial.folder, name, source, stated, found, stories, used, outcomes, dropped };
    const facts = await assemble(parts);
    partial.finish();
    await writeReport(`${root}/${name}`, facts);
    return { manifest: facts.manifest, folder: preparedFolder(name, root), made: true, warnings: facts.warnings };
  } finally {
    partial.close();
  }
}

/** Decodes and writes the pictures of all frames that are not there yet. */
async function readPictures(
  { frames }: Source,
  used: number[],
  partial: Partial,
  bad: BadInput,
  onProgress: PrepareOptions["onProgress"],
): Promise<Outcome[]> {
  const outcomes = [...partial.finished];
  for (const outcome of outcomes) if ("dropped" in outcome) bad.drop(outcome.dropped);
  sharp.concurrency(1); // many pictures at once, not many threads a picture
  const missing = used.slice(outcomes.length);
  const read = async (i: number): Promise<Uint8Array[] | { dropped: string }> => {
    try {
      return await frames[missing[i]!]!.pictures();
    } catch (error) {
      if (error instanceof UserError) return { dropped: error.message };
      throw error;
    }
  };
  try {
    for await (const pictures of inOrder(missing.length, 2 * availableParallelism(), read)) {
      if ("dropped" in pictures) bad.drop(pictures.dropped);
      partial.add(pictures);
      outcomes.push("dropped" in pictures ? pictures : { pictures: pictures.length });
      if (outcomes.length % 250 === 0 || outcomes.length === used.length) onProgress?.(outcomes.length, used.length);
    }
  } finally {
    partial.sync();
  }
  return outcomes;
}

function isDiskError(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.AlreadyExists ||
    error instanceof Deno.errors.NotADirectory ||
    (error instanceof Error && "code" in error && !(error instanceof UserError));
}
