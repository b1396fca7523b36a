/** Checkpoints: what is in them, and that they belong to this run. Needs no engine. */
import type { Config } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { digestState, firstNotFinite, readCheckpoint, type Stored } from "../../train/checkpoint.ts";
import type { DataRecord } from "../../records/create.ts";
import { configDigest } from "../../records/write.ts";
import { exists } from "../../records/checkpoints.ts";
import type { Status } from "../../records/status.ts";
import { type Checks, expectEqual, lacking, shown } from "./checks.ts";
import { bestOf } from "./schedule.ts";
import type { Trained } from "./training.ts";

/** What a run says of itself. */
export interface Told {
  config: Config;
  status: Pick<Status, "kind" | "state" | "step">;
  data: Pick<DataRecord, "digest" | "encoder">;
}

/** Checks checkpoints/ where it is there; a committed record has none. */
export async function checkCheckpoints(checks: Checks, folder: string, told: Told, trained: Trained): Promise<void> {
  if (!exists(`${folder}/checkpoints`)) return;
  const { status: { kind, state, step }, data } = told;
  const { digests, validations, schedule: { score } } = trained;
  const best = bestOf(validations.filter(({ step }) => step in digests), score);
  const saved = Object.keys(digests).length > 0;
  const { look } = checks;

  for (const name of ["last", "best"] as const) {
    const file = `checkpoints/${name}.safetensors`;
    if (name === "last" ? !saved : !best) continue;
    await look(
      file,
      "its state, and that it is this run's",
      () => {
        const { stored, metadata } = read(`${folder}/${file}`);
        const digest = digestState(stored);
        expectEqual("the digest of its tensors", digest, metadata.state);
        if (!(metadata.step! in digests)) fail(`is of step ${metadata.step}, of which digests.json says nothing`);
        expectEqual(`the state of step ${metadata.step}`, digest, digests[metadata.step!]);
        expectEqual("kind", metadata.kind, kind);
        expectEqual("the digest of the configuration", metadata.config, configDigest(told.config, kind));
        expectEqual("the digest of the data", metadata.data, data.digest);
        const ended = state === "finished" || state === "interrupted";
        if (name === "last" && ended) expectEqual("step", Number(metadata.step), step);
        // The best of a run under way may be one checkpoint ahead of digests.json.
        if (name === "best" && ended) expectEqual("the best step by metrics.jsonl", best?.step, Number(metadata.step));
        return { step: metadata.step, digest };
      },
      ({ step, digest }) => `step ${step}, state ${shown(digest)}`,
    );
  }
  if (kind === "gan") await checkText(checks, folder, data);
}

/**
 * The text encoder's copy. It was stored without Adam's moments, so its tensors can be compared only with those of the
 * run that it came from, where that is here.
 */
async function checkText({ look }: Checks, folder: string, { encoder }: Told["data"]): Promise<void> {
  const file = "checkpoints/text.safetensors";
  await look(
    file,
    "the text encoder's state",
    () => {
      const { stored, metadata } = read(`${folder}/${file}`);
      expectEqual("the state that it was copied from", metadata.state, encoder?.digest);
      const broken = firstNotFinite(stored);
      if (broken !== undefined) fail(`holds NaN or infinity in "${broken}"`);
      const origin = `${folder}/../${encoder!.run}/checkpoints/best.safetensors`;
      const from = exists(origin) ? readCheckpoint(origin) : undefined;
      if (from?.metadata.state !== encoder!.digest) return `its run ${encoder!.run} is not here to compare with`;
      const learnt = Object.entries(from!.stored).filter(([name]) => !name.startsWith("adam."));
      expectEqual("the digest of its tensors", digestState(stored), digestState(Object.fromEntries(learnt)));
      return `the same tensors as ${encoder!.run}`;
    },
    (found) => found,
  );
}

function read(path: string): { stored: Stored; metadata: Record<string, string> } {
  if (!exists(path)) lacking("there is no such file");
  return readCheckpoint(path);
}
