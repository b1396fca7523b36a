/**
 * Checks measured numbers: each must come from a checkpoint of this run, and metrics.json must agree with the newest
 * lines.
 */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { digestJson, exists } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { parseName } from "../../metrics/names.ts";
import type { DataRecord } from "../../records/create.ts";
import type { Status } from "../../records/status.ts";
import { type Checks, expectEqual, failMissing, formatValue } from "./checks.ts";
import { digest, entrySchema, readValidated, readValidatedLines, type VerifiedEntry } from "./read.ts";
import { bestOf } from "./schedule.ts";
import type { TrainingRecord } from "./training.ts";

const lineSchema = entrySchema.extend({ name: z.string() });

/** Checks metrics.json, metric-NAME.jsonl and curve.jsonl; returns the entries of the first and the last. */
export async function checkMeasurements(
  checks: Checks,
  folder: string,
  data: Pick<DataRecord, "digest">,
  trained: TrainingRecord,
): Promise<VerifiedEntry[]> {
  const { check } = checks;
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /^metric-.+\.jsonl$/.test(name)).sort();
  const ofCurve = await checkCurve(checks, folder, data, trained);
  if (files.length === 0 && !exists(`${folder}/metrics.json`)) return ofCurve;
  const entries = await check(
    "metrics.json",
    "numbers of known checkpoints",
    () => {
      const found = readValidated(`${folder}/metrics.json`, z.record(z.string(), entrySchema));
      for (const [name, entry] of Object.entries(found)) expectKnown(name, entry, data, trained);
      return found;
    },
    (found) => `${counted(Object.keys(found).length, "number")}, of ${statesOf(Object.values(found))}`,
  );
  // The newest line of every metric name.
  const newest = new Map<string, z.infer<typeof lineSchema>>();
  for (const file of files) {
    await check(
      file,
      "each line of a known checkpoint, the newest in metrics.json",
      () => {
        const lines = readValidatedLines(`${folder}/${file}`, lineSchema);
        for (const [i, { name, ...entry }] of lines.entries()) {
          const wanted = `metric-${parseName(name).metric}.jsonl`;
          if (wanted !== file) fail(`line ${i + 1} is of "${name}", which belongs into ${wanted}`);
          expectKnown(`line ${i + 1}, ${name},`, entry, data, trained);
          newest.set(name, lines[i]!);
        }
        for (const [name, { name: _, ...entry }] of newest) {
          if (!entries || file !== `metric-${parseName(name).metric}.jsonl`) continue;
          const kept = entries[name];
          if (!kept) failMissing(`"${name}" is not in metrics.json`);
          expectEqual(`the newest value of "${name}"`, entry.value, kept.value);
          if (digestJson(entry) !== digestJson(kept)) fail(`the newest line of "${name}" differs from metrics.json`);
        }
        return lines.length;
      },
      (n) => counted(n, "line"),
    );
  }
  const alone = Object.keys(entries ?? {}).find((name) => !files.includes(`metric-${parseName(name).metric}.jsonl`));
  if (alone !== undefined) {
    const file = `metric-${parseName(alone).metric}.jsonl`;
    await check(file, `the lines of "${alone}"`, () => failMissing("there is no such file"), () => "");
  }
  return [...Object.values(entries ?? {}), ...ofCurve];
}

/** Checks curve.jsonl: each number is one of a kept checkpoint. */
async function checkCurve(
  { check }: Checks,
  folder: string,
  data: Pick<DataRecord, "digest">,
  trained: TrainingRecord,
): Promise<VerifiedEntry[]> {
  if (!exists(`${folder}/curve.jsonl`)) return [];
  const found = await check(
    "curve.jsonl",
    "each line of a known checkpoint",
    () => {
      const lines = readValidatedLines(`${folder}/curve.jsonl`, lineSchema);
      for (const [i, { name, ...entry }] of lines.entries()) {
        parseName(name);
        expectKnown(`line ${i + 1}, ${name},`, entry, data, trained);
      }
      return lines;
    },
    (lines) => `numbers of ${new Set(lines.map(({ checkpoint: { step } }) => step)).size} checkpoints`,
  );
  return found ?? [];
}

/**
 * Checks an entry against the run. @throws UserError when checkpoint, selection, data or the digest in a network's name
 * differ.
 */
function expectKnown(
  name: string,
  { checkpoint: { step, state, chosenBy }, data: { digest }, networks }: VerifiedEntry,
  data: Pick<DataRecord, "digest">,
  { digests, validations }: TrainingRecord,
): void {
  if (!(step in digests)) fail(`${name} comes from step ${step}, which is not in digests.json`);
  expectEqual(`${name} comes from a checkpoint that`, state, digests[step]);
  expectEqual(`${name} was measured on data that`, digest, data.digest);
  if (chosenBy) {
    const line = validations.find((line) => line.step === step);
    expectEqual(
      `${name} records a ${chosenBy.metric} of its checkpoint that`,
      chosenBy.value,
      line?.[chosenBy.metric],
    );
  }
  for (const [network, full] of Object.entries(networks)) {
    // The name of these two contains their own digest; that of an image encoder contains the digest of its text
    // encoder.
    const digits = /^(?:damsm|classifier):([0-9a-f]{8})$/.exec(network)?.[1];
    if (digits !== undefined) {
      expectEqual(`${name} names ${network}, and the digest beside it`, full.slice(0, 8), digits);
    }
  }
}

function statesOf(entries: VerifiedEntry[]): string {
  const all = entries.map(({ checkpoint: { name, step, state } }) => `${name} (step ${step}, ${formatValue(state)})`);
  return [...new Set(all)].join(" and ");
}

const shares = z.object({ frames: z.int().min(1) });

/** Checks the scores that a finished encoder or classifier recorded for its best checkpoint. */
export async function checkOwnScores(
  { check }: Checks,
  folder: string,
  { kind, state }: Pick<Status, "kind" | "state">,
  { digests, validations, schedule: { score } }: TrainingRecord,
): Promise<void> {
  if (kind === "gan" || state !== "finished") return;
  const file = kind === "damsm" ? "r-precision.json" : "classifier.json";
  const best = bestOf(validations, score);
  await check(
    file,
    "numbers of the best checkpoint",
    () => {
      const schema = z.object({
        step: z.int(),
        state: digest.optional(),
        val: shares.optional(),
        test: shares.optional(),
      });
      const found = readValidated(`${folder}/${file}`, schema);
      expectEqual("step", found.step, best?.step);
      if (kind === "classifier") expectEqual(`the state of step ${found.step}`, found.state, digests[found.step]);
      return found.step;
    },
    (step) => `step ${step}, state ${formatValue(digests[step])}`,
  );
}
