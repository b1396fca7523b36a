/**
 * Verifies a run folder: is it complete, and does everything in it belong together? Nothing is trained and no engine
 * starts; files are compared with the configuration and with the digests of the states.
 */
import { resolve } from "node:path";
import { validateConfig } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { exists, readJson } from "../../base/files.ts";
import { listRuns } from "../../records/folder.ts";
import { referenceRoot } from "../../records/read.ts";
import { type Check, expectEqual, startChecks } from "./checks.ts";
import { checkCheckpoints } from "./checkpoints.ts";
import { checkInspection } from "./inspected.ts";
import { checkMeasurements, checkOwnScores } from "./measured.ts";
import { checkEncoderRun, checkEnvironment, checkFiles, checkMeasuringCode } from "./origin.ts";
import { dataSchema, expectFile, readValidated, statusSchema } from "./read.ts";
import { checkSamples, checkTraining } from "./training.ts";

/** Settings of {@link verifyRun}. */
export interface VerifyOptions {
  /** Whether the stricter rules for committed records apply. Default: whether it is in `runs/reference`. */
  committed?: boolean;
}

/**
 * Checks the whole record of a run, and its checkpoints where it has some. The cache in `evaluation/` is left out:
 * damaged files of it are computed again when they are needed.
 *
 * @returns one row per check
 * @throws UserError when there is no such folder.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { referenceRoot } from "../../records/read.ts";
 * import { verifyRun } from "./run.ts";
 *
 * const checks = await verifyRun(`${referenceRoot}/0003-classifier-clipart`);
 * assertEquals(checks.filter(({ result }) => result !== "ok"), []);
 * ```
 */
export async function verifyRun(folder: string, options: VerifyOptions = {}): Promise<Check[]> {
  if (!exists(folder)) fail(`There is no run folder "${folder}"; name a run in runs or runs/reference.`);
  const committed = options.committed ?? resolve(folder).startsWith(`${resolve(referenceRoot)}/`);
  const checks = startChecks();
  const { check, results } = checks;

  const config = await check(
    "config.json",
    "every key valid",
    () => {
      expectFile(`${folder}/config.json`);
      return validateConfig(readJson(`${folder}/config.json`));
    },
    ({ system, preset, seed }) => `system ${system}, preset ${preset}, seed ${seed}`,
  );
  const status = await check(
    "status.json",
    "state and step",
    () => {
      const found = readValidated(`${folder}/status.json`, statusSchema);
      if (found.step > found.steps) fail(`has step ${found.step} of ${found.steps}`);
      if (committed) expectEqual("the state of a committed record", found.state, "finished");
      return found;
    },
    ({ kind, state }) => `${kind}, ${state}`,
  );
  const data = await check(
    "data.json",
    "data set and digest",
    () => {
      const found = readValidated(`${folder}/data.json`, dataSchema);
      if (config) expectEqual("the name of the data set", found.name, config.data.name);
      return found;
    },
    ({ name, digest }) => `${name}, ${digest.slice(0, 12)}`,
  );
  await checkEnvironment(checks, folder, committed);
  await check("log.txt", "the log", () => expectFile(`${folder}/log.txt`), () => "there");
  const leftOut = await checkFiles(checks, folder);
  if (!config || !status || !data) return results; // all further checks need these

  if (status.kind === "gan") await checkEncoderRun(checks, folder, data.encoder);
  const trained = await checkTraining(checks, folder, config, status);
  await checkSamples(checks, folder, status, trained, leftOut);
  await checkCheckpoints(checks, folder, { config, status, data }, trained);
  await checkOwnScores(checks, folder, status, trained);
  const entries = await checkMeasurements(checks, folder, data, trained);
  const inspections = await checkInspection(checks, folder, data, trained);
  if (committed) {
    await checkMeasuringCode(checks, "metrics.json", entries);
    await checkMeasuringCode(checks, "inspection", inspections);
  }
  return results;
}

/** The folders of all runs in some folders, without those that were never started. */
export function runsToVerify(roots: string[]): string[] {
  return roots.flatMap((root) => listRuns(root)).map(({ folder }) => folder)
    .filter((folder) => exists(`${folder}/status.json`) || exists(`${folder}/config.json`));
}
