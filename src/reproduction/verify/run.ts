/**
 * Verifying a run folder: whether it is whole, and whether all in it belongs together. Nothing is trained and no engine
 * starts; what is there is read, and compared with what the configuration asks for and with the digests of the states.
 */
import { resolve } from "node:path";
import { validateConfig } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { listRuns } from "../../records/folder.ts";
import { referenceRoot } from "../../records/read.ts";
import { exists } from "../../records/checkpoints.ts";
import { type Check, expectEqual, startChecks } from "./checks.ts";
import { checkCheckpoints } from "./checkpoints.ts";
import { checkInspection } from "./inspected.ts";
import { checkMeasurements, checkOwnScores } from "./measured.ts";
import { checkEncoderRun, checkEnvironment, checkFiles, checkMeasuringCode } from "./origin.ts";
import { dataSchema, expectFile, readFitting, statusSchema } from "./read.ts";
import { checkSamples, checkTraining } from "./training.ts";

/** Settings of {@link verifyRun}. */
export interface VerifyOptions {
  /** Whether it is held to what a committed record must be. Default: whether it lies in `runs/reference`. */
  committed?: boolean;
}

/**
 * Checks all of a run's record, and its checkpoints where it has some.
 *
 * What the files of `evaluation/` hold is left out: a damaged one is made again when it is needed.
 *
 * @throws UserError when there is no such folder.
 */
export async function verifyRun(folder: string, options: VerifyOptions = {}): Promise<Check[]> {
  if (!exists(folder)) fail(`The run folder "${folder}" is gone.`);
  const committed = options.committed ?? resolve(folder).startsWith(`${resolve(referenceRoot)}/`);
  const checks = startChecks();
  const { look, rows } = checks;

  const config = await look(
    "config.json",
    "every key valid",
    () => {
      expectFile(`${folder}/config.json`);
      return validateConfig(readJson(`${folder}/config.json`));
    },
    ({ system, preset, seed }) => `system ${system}, preset ${preset}, seed ${seed}`,
  );
  const status = await look(
    "status.json",
    "state and step",
    () => {
      const found = readFitting(`${folder}/status.json`, statusSchema);
      if (found.step > found.steps) fail(`says step ${found.step} of ${found.steps}`);
      if (committed) expectEqual("the state of a committed record", found.state, "finished");
      return found;
    },
    ({ kind, state }) => `${kind}, ${state}`,
  );
  const data = await look(
    "data.json",
    "data set and digest",
    () => {
      const found = readFitting(`${folder}/data.json`, dataSchema);
      if (config) expectEqual("the name of the data set", found.name, config.data.name);
      return found;
    },
    ({ name, digest }) => `${name}, ${digest.slice(0, 12)}`,
  );
  await checkEnvironment(checks, folder, committed);
  await look("log.txt", "what was said", () => expectFile(`${folder}/log.txt`), () => "there");
  const leftOut = await checkFiles(checks, folder);
  if (!config || !status || !data) return rows; // nothing else can be judged without

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
  return rows;
}

/** Folders of all runs below some folders, those in which nothing was begun left out. */
export function runsToVerify(roots: string[]): string[] {
  return roots.flatMap((root) => listRuns(root)).map(({ folder }) => folder)
    .filter((folder) => exists(`${folder}/status.json`) || exists(`${folder}/config.json`));
}
