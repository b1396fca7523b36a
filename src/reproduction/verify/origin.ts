/** Checks the origin of a run: its code, its text encoder and, for a committed record, the list of its files. */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { exists, sha256File } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { codeOfCommit } from "../../records/code.ts";
import { listRuns } from "../../records/folder.ts";
import { type Checks, expectEqual, failMissing, formatValue } from "./checks.ts";
import { digest, digestsSchema, environmentSchema, type MeasuringCode, readValidated } from "./read.ts";

/** The list of files of a committed record, with those that were left out. */
export const FILES = "files.json";

/** Schema of this list: SHA-256 of every file by path, and the paths that the run has and the record has not. */
export const filesSchema = z.object({ files: z.record(z.string(), digest), leftOut: z.array(z.string()) });
export type RecordFiles = z.infer<typeof filesSchema>;

/**
 * Checks environment.json and uncommitted.diff.
 *
 * @param committed whether the folder is a committed record, which must be made by the clean sources of a commit
 */
export async function checkEnvironment({ check }: Checks, folder: string, committed: boolean): Promise<void> {
  const environment = await check(
    "environment.json",
    "code, packages, engine and machine",
    () => {
      const found = readValidated(`${folder}/environment.json`, environmentSchema);
      if (committed && found.commit === null) failMissing("it names no commit, and a committed record must");
      if (committed && found.uncommitted !== null) fail("it was made with uncommitted changes");
      const forced = committed && found.resumed?.find(({ differs }) => differs.length > 0);
      if (forced) fail(`the run was resumed at step ${forced.step} despite a difference: ${forced.differs.join("; ")}`);
      return found;
    },
    ({ commit, uncommitted, engine }) =>
      `${commit ? `commit ${formatValue(commit)}` : "no commit"}${uncommitted ? " and uncommitted changes" : ""}, ` +
      `${engine.name}, ${counted(engine.threads, "thread")}`,
  );
  if (!environment) return;
  const { commit, uncommitted, code } = environment;
  const path = `${folder}/uncommitted.diff`;
  if (uncommitted !== null || exists(path)) {
    await check(
      "uncommitted.diff",
      "the changes that the digest names",
      () => {
        if (uncommitted === null) fail("environment.json records no changes");
        if (!exists(path)) failMissing("there is no such file");
        expectEqual("its digest", sha256File(path), uncommitted);
      },
      () => formatValue(uncommitted),
    );
  }
  if (commit !== null && uncommitted === null) {
    await check("environment.json", "the digest of the code", () => compareCode(commit, code), (found) => found);
  }
}

/** Checks that the code that measured and inspected a committed record is that of the commits named there. */
export async function checkMeasuringCode({ check }: Checks, file: string, made: MeasuringCode[]): Promise<void> {
  const pairs = new Map(made.map(({ commit, code }) => [`${commit} ${code}`, { commit, code }]));
  for (const { commit, code } of pairs.values()) {
    await check(
      file,
      "the code that made it",
      () =>
        commit === null ? failMissing("it names no commit, and a committed record must") : compareCode(commit, code),
      (found) => found,
    );
  }
}

function compareCode(commit: string, code: string): string {
  const found = codeOfCommit(commit);
  if (found === undefined) return `commit ${formatValue(commit)} is not in this clone to compare with`;
  expectEqual(`the digest of the code of commit ${formatValue(commit)}`, code, found);
  return `that of commit ${formatValue(commit)}`;
}

const digestsOf = (folder: string, run: string) => `${folder}/../${run}/digests.json`;

/**
 * The runs beside a run's folder that had the state of its text encoder at some step: first the run that it names, then
 * the others, as records are copied under other names. A run is read when it is asked for.
 *
 * @throws UserError for a damaged digests.json.
 */
export function* runsOfEncoder(
  folder: string,
  encoder: { run: string; digest: string },
): Generator<{ run: string; step: string }> {
  const names = new Set([encoder.run, ...listRuns(`${folder}/..`).map(({ name }) => name)]);
  for (const run of names) {
    const path = digestsOf(folder, run);
    const digests = exists(path) ? Object.entries(readValidated(path, digestsSchema)) : [];
    const found = digests.find(([, state]) => state === encoder.digest);
    if (found) yield { run, step: found[0] };
  }
}

/**
 * Checks that the text encoder of a GAN run is a checkpoint of the run that it names, where that is in the same folder,
 * or of another run there, as records are copied under other names.
 */
export async function checkEncoderRun(
  { check }: Checks,
  folder: string,
  encoder: { run: string; digest: string } | undefined,
): Promise<void> {
  await check(
    "data.json",
    "its text encoder",
    () => {
      if (!encoder) failMissing("it names no text encoder");
      for (const { run, step } of runsOfEncoder(folder, encoder)) return `${run}, step ${step}`;
      if (!exists(digestsOf(folder, encoder.run))) return `${encoder.run} is not present to compare with`;
      fail(`names the state ${formatValue(encoder.digest)} of ${encoder.run}, which had no such checkpoint`);
    },
    (found) => found,
  );
}

/** Checks a committed record against its list of files; returns the paths that were left out. */
export async function checkFiles({ check }: Checks, folder: string): Promise<string[]> {
  if (!exists(`${folder}/${FILES}`)) return [];
  const listed = await check(
    FILES,
    "every file as it was copied",
    () => {
      const listed = readValidated(`${folder}/${FILES}`, filesSchema);
      for (const [path, digest] of Object.entries(listed.files)) {
        if (!exists(`${folder}/${path}`)) failMissing(`${path} is not there`);
        expectEqual(`the digest of ${path}`, sha256File(`${folder}/${path}`), digest);
      }
      const surplus = pathsBelow(folder).find((path) => path !== FILES && !(path in listed.files));
      if (surplus !== undefined) fail(`${surplus} is not listed in it`);
      return listed;
    },
    ({ files, leftOut }) => `${counted(Object.keys(files).length, "file")}; left out: ${leftOut.length}`,
  );
  // Also for a list that does not agree: what it left out is not missing.
  return listed?.leftOut ?? filesSchema.safeParse(readQuietly(`${folder}/${FILES}`)).data?.leftOut ?? [];
}

function readQuietly(path: string): unknown {
  try {
    return JSON.parse(Deno.readTextFileSync(path));
  } catch {
    return undefined;
  }
}

/** All files below a folder, as sorted relative paths. */
export function pathsBelow(folder: string, prefix = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${prefix}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? pathsBelow(folder, `${prefix}${name}/`) : [prefix + name]
  ).sort();
}
