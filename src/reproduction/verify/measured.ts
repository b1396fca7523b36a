/** Numbers that were measured: each must come from a checkpoint that this run had, and agree with its newest line. */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { digestJson } from "../../base/files.ts";
import { parseName } from "../../metrics/names.ts";
import type { DataRecord } from "../../records/create.ts";
import { exists } from "../../records/checkpoints.ts";
import type { Status } from "../../records/status.ts";
import { type Checks, expectEqual, lacking, shown } from "./checks.ts";
import { digest, entrySchema, readFitting, readFittingLines, type VerifiedEntry } from "./read.ts";
import { bestOf } from "./schedule.ts";
import type { Trained } from "./training.ts";

const lineSchema = entrySchema.extend({ name: z.string() });

/** Checks metrics.json and metric-NAME.jsonl; gives the entries of metrics.json. */
export async function checkMeasurements(
  { look }: Checks,
  folder: string,
  data: Pick<DataRecord, "digest">,
  trained: Trained,
): Promise<VerifiedEntry[]> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /^metric-.+\.jsonl$/.test(name)).sort();
  if (files.length === 0 && !exists(`${folder}/metrics.json`)) return [];
  const entries = await look(
    "metrics.json",
    "numbers of known checkpoints",
    () => {
      const found = readFitting(`${folder}/metrics.json`, z.record(z.string(), entrySchema));
      for (const [name, entry] of Object.entries(found)) expectKnown(name, entry, data, trained);
      return found;
    },
    (found) => `${Object.keys(found).length} numbers, of ${statesOf(Object.values(found))}`,
  );
  // The newest line of every name; undefined stands for a file that is damaged itself.
  const newest = new Map<string, z.infer<typeof lineSchema>>();
  for (const file of files) {
    await look(
      file,
      "each line of a known checkpoint, the newest in metrics.json",
      () => {
        const lines = readFittingLines(`${folder}/${file}`, lineSchema);
        for (const [i, { name, ...entry }] of lines.entries()) {
          const wanted = `metric-${parseName(name).metric}.jsonl`;
          if (wanted !== file) fail(`line ${i + 1} is of "${name}", which belongs into ${wanted}`);
          expectKnown(`line ${i + 1}, ${name},`, entry, data, trained);
          newest.set(name, lines[i]!);
        }
        for (const [name, { name: _, ...entry }] of newest) {
          if (!entries || file !== `metric-${parseName(name).metric}.jsonl`) continue;
          const kept = entries[name];
          if (!kept) lacking(`"${name}" is not in metrics.json`);
          expectEqual(`the newest value of "${name}"`, entry.value, kept.value);
          if (digestJson(entry) !== digestJson(kept)) fail(`the newest line of "${name}" differs from metrics.json`);
        }
        return lines.length;
      },
      (n) => `${n} ${n === 1 ? "line" : "lines"}`,
    );
  }
  const alone = Object.keys(entries ?? {}).find((name) => !files.includes(`metric-${parseName(name).metric}.jsonl`));
  if (alone !== undefined) {
    const file = `metric-${parseName(alone).metric}.jsonl`;
    await look(file, `the lines of "${alone}"`, () => lacking("there is no such file"), () => "");
  }
  return Object.values(entries ?? {});
}

/** @throws UserError when the checkpoint, its choice, the data or a network's digits are not what the run says. */
function expectKnown(
  name: string,
  { checkpoint: { step, state, chosenBy }, data: { digest }, networks }: VerifiedEntry,
  data: Pick<DataRecord, "digest">,
  { digests, validations }: Trained,
): void {
  if (!(step in digests)) fail(`${name} comes from step ${step}, of which digests.json says nothing`);
  expectEqual(`${name} comes from a checkpoint that`, state, digests[step]);
  expectEqual(`${name} was measured on data that`, digest, data.digest);
  if (chosenBy) {
    const line = validations.find((line) => line.step === step);
    expectEqual(
      `${name} says that its checkpoint had a ${chosenBy.metric} that`,
      chosenBy.value,
      line?.[chosenBy.metric],
    );
  }
  for (const [network, full] of Object.entries(networks)) {
    // These two are called by the digest itself; a tower is called by its encoder's.
    const digits = /^(?:damsm|classifier):([0-9a-f]{8})$/.exec(network)?.[1];
    if (digits !== undefined) {
      expectEqual(`${name} names ${network}, and the digest beside it`, full.slice(0, 8), digits);
    }
  }
}

function statesOf(entries: VerifiedEntry[]): string {
  const all = entries.map(({ checkpoint: { name, step, state } }) => `${name} (step ${step}, ${shown(state)})`);
  return [...new Set(all)].join(" and ");
}

const shares = z.object({ frames: z.int().min(1) });

/** Checks what a finished encoder or classifier says of its best checkpoint. */
export async function checkOwnScores(
  { look }: Checks,
  folder: string,
  { kind, state }: Pick<Status, "kind" | "state">,
  { digests, validations, schedule: { score } }: Trained,
): Promise<void> {
  if (kind === "gan" || state !== "finished") return;
  const file = kind === "damsm" ? "r-precision.json" : "classifier.json";
  const best = bestOf(validations, score);
  await look(
    file,
    "numbers of the best checkpoint",
    () => {
      const schema = z.object({
        step: z.int(),
        state: digest.optional(),
        val: shares.optional(),
        test: shares.optional(),
      });
      const found = readFitting(`${folder}/${file}`, schema);
      expectEqual("step", found.step, best?.step);
      if (kind === "classifier") expectEqual(`the state of step ${found.step}`, found.state, digests[found.step]);
      return found.step;
    },
    (step) => `step ${step}, state ${shown(digests[step])}`,
  );
}
