/** Checks checkpoints: their contents, and that they belong to this run. Needs no engine. */
import type { Config } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { exists } from "../../base/files.ts";
import { digestState, firstNotFinite, readCheckpoint, type Stored } from "../../train/checkpoint.ts";
import type { DataRecord } from "../../records/create.ts";
import { checkpointPath, isKept, keptCheckpoints, keptName } from "../../records/checkpoints.ts";
import { configDigest } from "../../records/write.ts";
import type { Status } from "../../records/status.ts";
import { type Checks, expectEqual, failMissing, formatValue } from "./checks.ts";
import { runsOfEncoder } from "./origin.ts";
import { bestOf } from "./schedule.ts";
import type { TrainingRecord } from "./training.ts";

/** Configuration, status and data of a run. */
export interface RunFiles {
  config: Config;
  status: Pick<Status, "kind" | "state" | "step">;
  data: Pick<DataRecord, "digest" | "encoder">;
}

/** Checks checkpoints/ where it exists; a committed record has none. */
export async function checkCheckpoints(
  checks: Checks,
  folder: string,
  run: RunFiles,
  trained: TrainingRecord,
): Promise<void> {
  if (!exists(`${folder}/checkpoints`)) return;
  const { status: { kind, state, step }, data } = run;
  const { digests, validations, schedule: { score } } = trained;
  const best = bestOf(validations.filter(({ step }) => step in digests), score);
  const saved = Object.keys(digests).length > 0;
  const { check } = checks;

  for (const name of ["last", "best", ...keptCheckpoints(folder)] as const) {
    const file = `checkpoints/${name}.safetensors`;
    if ((name === "last" && !saved) || (name === "best" && !best)) continue;
    await check(
      file,
      "its state, and that it belongs to this run",
      () => {
        const { stored, metadata } = read(`${folder}/${file}`);
        const digest = digestState(stored);
        expectEqual("the digest of its tensors", digest, metadata.state);
        if (!(metadata.step! in digests)) fail(`is of step ${metadata.step}, which is not in digests.json`);
        expectEqual(`the state of step ${metadata.step}`, digest, digests[metadata.step!]);
        expectEqual("kind", metadata.kind, kind);
        expectEqual("the digest of the configuration", metadata.config, configDigest(run.config, kind));
        expectEqual("the digest of the data", metadata.data, data.digest);
        if (isKept(name)) expectEqual("its step", keptName(Number(metadata.step)), name);
        const ended = state === "finished" || state === "interrupted";
        if (name === "last" && ended) expectEqual("step", Number(metadata.step), step);
        // The best checkpoint of a running run may be one checkpoint ahead of digests.json.
        if (name === "best" && ended) expectEqual("the best step by metrics.jsonl", best?.step, Number(metadata.step));
        return { step: metadata.step, digest };
      },
      ({ step, digest }) => `step ${step}, state ${formatValue(digest)}`,
    );
  }
  if (kind === "gan") await checkTextEncoder(checks, folder, data);
}

/**
 * Checks the copy of the text encoder. It was stored without Adam's moments, so its tensors can be compared only with
 * those of the original run, where that exists.
 */
async function checkTextEncoder({ check }: Checks, folder: string, { encoder }: RunFiles["data"]): Promise<void> {
  const file = "checkpoints/text.safetensors";
  await check(
    file,
    "the text encoder's state",
    () => {
      const { stored, metadata } = read(`${folder}/${file}`);
      expectEqual("the state that it was copied from", metadata.state, encoder?.digest);
      const broken = firstNotFinite(stored);
      if (broken !== undefined) fail(`holds NaN or infinity in "${broken}"`);
      for (const { run } of runsOfEncoder(folder, encoder!)) {
        const origin = checkpointPath(`${folder}/../${run}`, "best");
        const from = exists(origin) ? readCheckpoint(origin) : undefined;
        if (!from || from.metadata.state !== encoder!.digest) continue;
        const weights = Object.entries(from.stored).filter(([name]) => !name.startsWith("adam."));
        expectEqual("the digest of its tensors", digestState(stored), digestState(Object.fromEntries(weights)));
        return `the same tensors as ${run}`;
      }
      return `its run ${encoder!.run} is not present to compare with`;
    },
    (found) => found,
  );
}

function read(path: string): { stored: Stored; metadata: Record<string, string> } {
  if (!exists(path)) failMissing("there is no such file");
  return readCheckpoint(path);
}
