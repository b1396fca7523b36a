/**
 * Prepares a data set on disk.
 *
 * The source lists the stories; this file decodes their pictures concurrently and writes them in order, with statistics
 * and a report. All files are written to a folder beside the complete one, the manifest last, and one rename replaces
 * it: a reader gets the former set or the new one, never a part.
 */
import { availableParallelism } from "node:os";
import sharp from "sharp";
import { counted } from "../../base/text.ts";
import { fail, UserError } from "../../base/errors.ts";
import { idProblem } from "../../base/file_names.ts";
import { digestJson, reason } from "../../base/files.ts";
import { tooSmall } from "../batches/size.ts";
import { type Archive, openArchive } from "../files/archive.ts";
import { type Manifest, preparedFolder, readManifest, splits } from "../store/manifest.ts";
import type { BadInput, SetSource, Source } from "../sets/source.ts";
import { findSource } from "../sets/mod.ts";
import { dataRoot, verifyFiles } from "../store/stories.ts";
import { assemble } from "./assemble.ts";
import { openPartial, type Outcome, type Partial, type Read } from "./partial.ts";
import { inOrder } from "./in_order.ts";
import { inputDigest, readInput, writeInput } from "./input.ts";
import { writeReport } from "./report.ts";

export interface PrepareOptions {
  /** Path of a zip or a folder, for a source that reads one. */
  from?: string | undefined;
  /** Name of the data set; by default that of its source. */
  name?: string | undefined;
  /** The options of the source. */
  options?: Record<string, unknown> | undefined;
  /** Use only the first `limit` stories of each split. */
  limit?: number | undefined;
  /** Skip invalid input, and list it in the report, instead of stopping with an error. */
  skipBad?: boolean | undefined;
  /** Prepare the set again although a complete one is there. */
  force?: boolean | undefined;
  /** The `data` folder. */
  root?: string | undefined;
  /** Called with the number of completed frames and of all frames. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Prepared {
  manifest: Manifest;
  folder: string;
  /** False when the same set was there already. */
  made: boolean;
  /** Warnings for the user, for example about skipped input. */
  warnings: string[];
}

/**
 * Prepares a data set; does nothing when the same set is there and complete.
 *
 * @param set the name of a folder in `sets/`, or a source of your own
 * @throws UserError for invalid options, invalid input (unless `skipBad`), a damaged set (unless `force`), and when the
 *   files cannot be written
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { prepareSet } from "../mod.ts";
 *
 * const root = await Deno.makeTempDir();
 * const { manifest, made } = await prepareSet("clipart", { root, options: { stories: 4, seed: 7 } });
 * assertEquals(made, true);
 * assertEquals(manifest.stories, { train: 4, val: 4, test: 4 });
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function prepareSet(set: string | SetSource, options: PrepareOptions = {}): Promise<Prepared> {
  const source = typeof set === "string" ? await findSource(set) : set;
  const name = options.name ?? source.name;
  if (!/^[a-z0-9][\w.-]*$/.test(name)) {
    fail(
      `A data set cannot be called "${name}": start with a lower-case letter or a digit, and use only letters, digits, ` +
        `".", "-" and "_".`,
    );
  }
  const root = options.root ?? dataRoot;
  const folder = preparedFolder(name, root);
  const own = readOptions(source, options.options ?? {});
  const archive = source.from && options.from !== undefined ? await openArchive(options.from) : undefined;
  try {
    const { manifest: former } = (options.force ? undefined : await readManifest(name, root)) ?? {};
    // Without --from, assume that an existing set was prepared from the same input.
    const list = archive ? await source.fingerprint?.(archive) : former?.options.input;
    const input = archive && await inputDigest(archive);
    const stated = { ...own, ...defined({ limit: options.limit, input: list }) } as Manifest["options"];
    if (former) verifyFiles(name, folder, former);
    if (former && isSame(former, source, stated) && (!input || input === readInput(folder))) {
      return { manifest: former, folder, made: false, warnings: lastingWarnings(former) };
    }
    if (source.from && !archive) {
      fail(
        `The data set "${source.name}" is read from a zip or a folder, but no path was given; add --from PATH.`,
      );
    }
    return await make(source, name, root, own, stated, input, archive, options);
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

/** The options of the source, validated and with defaults. */
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
  input: string | undefined,
  archive: Archive | undefined,
  { limit = Infinity, skipBad = false, onProgress }: PrepareOptions,
): Promise<Prepared> {
  const dropped: string[] = [];
  const bad: BadInput = {
    drop(message) {
      if (!skipBad) fail(`${message} To skip invalid input, add --skip-bad.`);
      dropped.push(message);
    },
  };
  const opened = await source.open(own, bad, archive);
  const found = { ...opened, warnings: [...opened.warnings ?? [], ...archive?.links?.values() ?? []] };
  for (const { id } of found.stories) {
    const problem = idProblem(id);
    if (problem) fail(`The set "${source.name}" has a story with the id ${JSON.stringify(id)}: ${problem}.`);
  }
  const stories = splits.flatMap((split) => found.stories.filter((story) => story.split === split).slice(0, limit));
  if (stories.length === 0) {
    fail(
      `"${archive?.where ?? source.name}" has no story of ${
        counted(found.length, "frame")
      }; check that the path and the options are ` +
        `the intended ones.`,
    );
  }
  const used = [...new Set(stories.flatMap(({ frames }) => frames))]; // ordered by the first story that uses them
  const plan = digestJson({
    source: source.name,
    version: source.version,
    stated,
    stories,
    ids: used.map((n) => found.frames[n]!.id),
    ...defined({ input }), // pictures of another input are not continued
  });
  const partial = openPartial(name, root, plan);
  try {
    const outcomes = await readPictures(found, used, partial, bad, onProgress);
    const parts = { folder: partial.folder, name, source, stated, found, stories, used, outcomes, dropped };
    const facts = await assemble(parts);
    if (input) writeInput(partial.folder, input);
    partial.finish();
    await writeReport(`${root}/${name}`, facts);
    const warnings = [...facts.warnings, ...smallWarnings(facts.manifest)];
    return { manifest: facts.manifest, folder: preparedFolder(name, root), made: true, warnings };
  } finally {
    partial.close();
  }
}

/** A warning about a set that training would refuse. */
function smallWarnings({ stories, frames }: Manifest): string[] {
  const small = tooSmall(stories, frames);
  return small ? [`This set cannot be trained on: ${small}`] : [];
}

/** Warnings about a set that is there already. */
function lastingWarnings(manifest: Manifest): string[] {
  const { dropped } = manifest;
  const skipped = `${counted(dropped, "invalid input")} skipped when it was made; the report lists what`;
  return [...dropped > 0 ? [skipped] : [], ...smallWarnings(manifest)];
}

/** Decodes and writes the pictures of all frames that are not on disk yet. */
async function readPictures(
  { frames }: Source,
  used: number[],
  partial: Partial,
  bad: BadInput,
  onProgress: PrepareOptions["onProgress"],
): Promise<Outcome[]> {
  const outcomes = [...partial.finished];
  for (const outcome of outcomes) if ("dropped" in outcome) bad.drop(outcome.dropped);
  sharp.concurrency(1); // decode several pictures concurrently, with one thread for each
  const missing = used.slice(outcomes.length);
  const read = async (i: number): Promise<Read> => {
    try {
      const remarks: string[] = [];
      return { pictures: await frames[missing[i]!]!.pictures((what) => void remarks.push(what)), remarks };
    } catch (error) {
      if (error instanceof UserError) return { dropped: error.message };
      throw error;
    }
  };
  try {
    for await (const frame of inOrder(missing.length, 2 * availableParallelism(), read)) {
      if ("dropped" in frame) bad.drop(frame.dropped);
      outcomes.push(partial.add(frame));
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
