/** Checks the files of `deno task inspect`: unchanged, and all from one checkpoint of this run. */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { digestJson, exists, readJson, sha256File } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import type { DataRecord } from "../../records/create.ts";
import { type Checks, expectEqual, failMissing, formatValue } from "./checks.ts";
import { digest, type MeasuringCode, measuringCodeSchema, readValidated } from "./read.ts";
import type { TrainingRecord } from "./training.ts";

const schema = z.object({
  of: z.object({
    checkpoint: z.object({ name: z.string(), step: z.int(), state: digest }),
    data: z.object({ digest }),
    ...measuringCodeSchema,
  }),
  files: z.record(z.string(), digest),
});

/** Checks inspection/ where it exists; returns the code that made it. */
export async function checkInspection(
  { check }: Checks,
  folder: string,
  data: Pick<DataRecord, "digest">,
  { digests }: TrainingRecord,
): Promise<MeasuringCode[]> {
  const inspection = `${folder}/inspection`;
  if (!exists(inspection)) return [];
  const made = await check(
    "inspection",
    "its files, and their checkpoint",
    () => {
      const { of, files } = readValidated(`${inspection}/stories.json`, schema);
      const whole = digestJson(readJson<{ of: unknown }>(`${inspection}/stories.json`).of);
      const { step, state } = of.checkpoint;
      if (!(step in digests)) fail(`comes from step ${step}, which is not in digests.json`);
      expectEqual("the checkpoint's state", state, digests[step]);
      expectEqual("the digest of the data", of.data.digest, data.digest);
      for (const [file, digest] of Object.entries(files)) {
        const path = `${inspection}/${file}`;
        if (!exists(path)) failMissing(`${file} is not there`);
        expectEqual(`the digest of ${file}`, sha256File(path), digest);
        if (!file.endsWith(".json")) continue;
        const other = readJson<{ of?: unknown }>(path).of;
        if (digestJson(other ?? null) !== whole) {
          fail(`${file} is of another checkpoint or other data than stories.json`);
        }
      }
      const surplus = [...Deno.readDirSync(inspection)].map(({ name }) => name)
        .find((file) => file !== "stories.json" && !(file in files) && !file.endsWith(".tmp"));
      if (surplus !== undefined) fail(`${surplus} is not listed in stories.json`);
      return { ...of, count: Object.keys(files).length };
    },
    ({ count, checkpoint: { name, step, state } }) =>
      `${counted(count, "file")} of ${name} (step ${step}, ${formatValue(state)})`,
  );
  return made ? [made] : [];
}
