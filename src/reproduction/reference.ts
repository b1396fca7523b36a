/**
 * Committed records: the files of a run that are kept in git, so that every table and figure can be made in a fresh
 * clone.
 *
 * A record is the run folder without its checkpoints, with a list of the digests of its files. Of the sample grids only
 * the last one and the real frames are kept, because git keeps every megabyte forever.
 */
import { basename, dirname, join } from "node:path";
import { fail } from "../base/errors.ts";
import { reason, sha256File, writeAtomic } from "../base/files.ts";
import { counted } from "../base/text.ts";
import { listRuns } from "../records/folder.ts";
import { readRun, workDigest } from "../records/read.ts";
import { sampleName } from "../runs/sampling/sample_grid.ts";
import { FILES, pathsBelow, type RecordFiles } from "./verify/origin.ts";
import { verifyRun } from "./verify/run.ts";

/** The largest size of a file in a record, in bytes. */
export const largestFile = 5 * 1024 * 1024;

/**
 * Files that are neither part of a record nor listed as left out: they can be computed again, or exist only while a
 * process runs.
 */
const transient = /^evaluation\/|(^|\/)lock$|\.tmp$/;

/**
 * Copies the record of a finished run, replacing one of the same name.
 *
 * @param from the run folder
 * @param to the folder of the record, e.g. `runs/reference/0002-ours-tiny-clipart`
 * @throws UserError when anything in the run is missing or wrong (see `verifyRun`), it was not made by the clean
 *   sources of a commit, or a file is too large. An earlier record then stays.
 */
export async function copyRecord(from: string, to: string): Promise<RecordFiles> {
  const bad = (await verifyRun(from, { committed: true })).find(({ result }) => result !== "ok");
  if (bad) {
    fail(
      `The run "${from}" cannot become a committed record: ${bad.file} (${bad.what}) is ${bad.result}: ${bad.detail}.`,
    );
  }
  const { kind, status } = readRun(from);
  const isKept = (path: string) =>
    !path.startsWith("checkpoints/") && path !== FILES &&
    !(kind === "gan" && /^samples\/\d+\.png$/.test(path) && path !== `samples/${sampleName(status.step)}`);
  const paths = pathsBelow(from).filter((path) => !transient.test(path));
  const files: Record<string, string> = {};
  const temporary = join(dirname(to), `.${basename(to)}.${Deno.pid}.tmp`); // // its name is not that of a run
  try {
    for (const path of paths.filter(isKept)) {
      const { size } = Deno.statSync(`${from}/${path}`);
      if (size > largestFile) {
        fail(
          `"${from}/${path}" has ${(size / 2 ** 20).toFixed(1)} MiB; a file of a committed record has at most 5 MiB.`,
        );
      }
      Deno.mkdirSync(`${temporary}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.copyFileSync(`${from}/${path}`, `${temporary}/${path}`);
      files[path] = sha256File(`${temporary}/${path}`);
    }
    const record: RecordFiles = { files, leftOut: paths.filter((path) => !isKept(path) && path !== FILES) };
    writeAtomic(`${temporary}/${FILES}`, JSON.stringify(record, null, 2) + "\n");
    removeFolder(to);
    Deno.renameSync(temporary, to);
    return record;
  } catch (error) {
    removeFolder(temporary);
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      fail(`Cannot copy the record "${from}" to "${to}": ${reason(error)}.`, error);
    }
    throw error;
  }
}

/**
 * The runs of a folder that are to be copied as records, under their own names.
 *
 * @param names some of them, by name or number; default: all
 * @throws UserError when there are none, or a name is unknown.
 */
export function recordsToCopy(from: string, names: string[] = []): { name: string; folder: string }[] {
  const runs = listRuns(from);
  if (runs.length === 0) fail(`"${from}" holds no runs; name a folder of numbered runs.`);
  if (names.length === 0) return runs;
  return names.map((text) =>
    runs.find(({ name, number }) => name === text || (/^\d+$/.test(text) && number === Number(text))) ??
      fail(
        `There is no run "${text}" in "${from}"; give the name or number of one of its ${counted(runs.length, "run")}.`,
      )
  );
}

/**
 * Removes records with the same configuration, seed, data and steps as a copied record of another name, because a
 * figure would count their seed twice.
 *
 * @param root the folder of all records
 * @param copied names of the records that stay
 */
export function removeReplaced(root: string, copied: string[]): { name: string; by: string }[] {
  const records = listRuns(root).map(({ name, folder }) => ({ name, folder, work: workDigest(readRun(folder)) }));
  const stay = new Map(records.filter(({ name }) => copied.includes(name)).map(({ name, work }) => [work, name]));
  return records.flatMap(({ name, folder, work }) => {
    const by = stay.get(work);
    if (by === undefined || copied.includes(name)) return [];
    removeFolder(folder);
    return [{ name, by }];
  });
}

function removeFolder(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
