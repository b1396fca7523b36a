/** Where a run comes from: its code, its text encoder and, for a committed record, the list of its files. */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { sha256File } from "../../base/files.ts";
import { codeOfCommit } from "../../records/code.ts";
import { exists } from "../../records/checkpoints.ts";
import { type Checks, expectEqual, lacking, shown } from "./checks.ts";
import { digest, digestsSchema, environmentSchema, type MadeBy, readFitting } from "./read.ts";

/** A committed record's list of files, with what was left out of it. */
export const FILES = "files.json";

/** Its schema: SHA-256 of every file by path, and paths that the run had and the record has not. */
export const filesSchema = z.object({ files: z.record(z.string(), digest), leftOut: z.array(z.string()) });
export type RecordFiles = z.infer<typeof filesSchema>;

/**
 * Checks environment.json and uncommitted.diff.
 *
 * @param committed whether the folder is a committed record, which must be made from the clean sources of a commit
 */
export async function checkEnvironment({ look }: Checks, folder: string, committed: boolean): Promise<void> {
  const environment = await look(
    "environment.json",
    "code, packages, engine and machine",
    () => {
      const found = readFitting(`${folder}/environment.json`, environmentSchema);
      if (committed && found.commit === null) lacking("it names no commit, and a committed record must");
      if (committed && found.uncommitted !== null) fail("it was made with uncommitted changes");
      const forced = committed && found.resumed?.find(({ differs }) => differs.length > 0);
      if (forced) fail(`the run went on at step ${forced.step} over a difference: ${forced.differs.join("; ")}`);
      return found;
    },
    ({ commit, uncommitted, engine }) =>
      `${commit ? `commit ${shown(commit)}` : "no commit"}${uncommitted ? " and uncommitted changes" : ""}, ` +
      `${engine.name}, ${engine.threads} ${engine.threads === 1 ? "thread" : "threads"}`,
  );
  if (!environment) return;
  const { commit, uncommitted, code } = environment;
  const path = `${folder}/uncommitted.diff`;
  if (uncommitted !== null || exists(path)) {
    await look(
      "uncommitted.diff",
      "the changes that the digest names",
      () => {
        if (uncommitted === null) fail("environment.json says that there were no changes");
        if (!exists(path)) lacking("there is no such file");
        expectEqual("its digest", sha256File(path), uncommitted);
      },
      () => shown(uncommitted),
    );
  }
  if (commit !== null && uncommitted === null) {
    await look("environment.json", "the digest of the code", () => compareCode(commit, code), (found) => found);
  }
}

/** Checks that what a committed record was measured and inspected with are the sources of the commits that it names. */
export async function checkMeasuringCode({ look }: Checks, file: string, made: MadeBy[]): Promise<void> {
  const pairs = new Map(made.map(({ commit, code }) => [`${commit} ${code}`, { commit, code }]));
  for (const { commit, code } of pairs.values()) {
    await look(
      file,
      "the code that made it",
      () => commit === null ? lacking("it names no commit, and a committed record must") : compareCode(commit, code),
      (found) => found,
    );
  }
}

function compareCode(commit: string, code: string): string {
  const found = codeOfCommit(commit);
  if (found === undefined) return `commit ${shown(commit)} is not in this clone to compare with`;
  expectEqual(`the digest of the code, with commit ${shown(commit)} beside it,`, code, found);
  return `that of commit ${shown(commit)}`;
}

/** Checks that the text encoder of a GAN run is a checkpoint of the run it names, where that lies beside it. */
export async function checkEncoderRun(
  { look }: Checks,
  folder: string,
  encoder: { run: string; digest: string } | undefined,
): Promise<void> {
  await look(
    "data.json",
    "its text encoder",
    () => {
      if (!encoder) lacking("it names no text encoder");
      const path = `${folder}/../${encoder.run}/digests.json`;
      if (!exists(path)) return `${encoder.run} is not here to compare with`;
      const found = Object.entries(readFitting(path, digestsSchema)).find(([, state]) => state === encoder.digest);
      if (!found) fail(`names the state ${shown(encoder.digest)} of ${encoder.run}, which had no such checkpoint`);
      return `${encoder.run}, step ${found[0]}`;
    },
    (found) => found,
  );
}

/** Checks a committed record against its list of files; gives what it says was left out. */
export async function checkFiles({ look }: Checks, folder: string): Promise<string[]> {
  if (!exists(`${folder}/${FILES}`)) return [];
  const listed = await look(
    FILES,
    "every file as it was copied",
    () => {
      const listed = readFitting(`${folder}/${FILES}`, filesSchema);
      for (const [path, digest] of Object.entries(listed.files)) {
        if (!exists(`${folder}/${path}`)) lacking(`${path} is not there`);
        expectEqual(`the digest of ${path}`, sha256File(`${folder}/${path}`), digest);
      }
      const surplus = pathsBelow(folder).find((path) => path !== FILES && !(path in listed.files));
      if (surplus !== undefined) fail(`${surplus} is not among its files`);
      return listed;
    },
    ({ files, leftOut }) => `${Object.keys(files).length} files; left out: ${leftOut.length}`,
  );
  // Also of a list that does not agree: what it left out is not missing.
  return listed?.leftOut ?? filesSchema.safeParse(readQuietly(`${folder}/${FILES}`)).data?.leftOut ?? [];
}

function readQuietly(path: string): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    return undefined;
  }
}

/** All files below a folder, by path, in order. */
export function pathsBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${prefix}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? pathsBelow(folder, `${prefix}${name}/`) : [prefix + name]
  ).sort();
}
