/** What `deno task inspect` left: every file as it was written, and all of it from a checkpoint that this run had. */
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { digestJson, readJson, sha256File } from "../../base/files.ts";
import type { DataRecord } from "../../records/create.ts";
import { exists } from "../../records/checkpoints.ts";
import { type Checks, expectEqual, lacking, shown } from "./checks.ts";
import { digest, type MadeBy, madeBySchema, readFitting } from "./read.ts";
import type { Trained } from "./training.ts";

const schema = z.object({
  of: z.object({
    checkpoint: z.object({ name: z.string(), step: z.int(), state: digest }),
    data: z.object({ digest }),
    ...madeBySchema,
  }),
  files: z.record(z.string(), digest),
});

/** Checks inspection/ where it is there; gives the code that made it. */
export async function checkInspection(
  { look }: Checks,
  folder: string,
  data: Pick<DataRecord, "digest">,
  { digests }: Trained,
): Promise<MadeBy[]> {
  const inspection = `${folder}/inspection`;
  if (!exists(inspection)) return [];
  const made = await look(
    "inspection",
    "its files, and the checkpoint they are of",
    () => {
      const { of, files } = readFitting(`${inspection}/stories.json`, schema);
      const whole = digestJson(readJson<{ of: unknown }>(`${inspection}/stories.json`).of);
      const { step, state } = of.checkpoint;
      if (!(step in digests)) fail(`comes from step ${step}, of which digests.json says nothing`);
      expectEqual("the checkpoint's state", state, digests[step]);
      expectEqual("the digest of the data", of.data.digest, data.digest);
      for (const [file, digest] of Object.entries(files)) {
        const path = `${inspection}/${file}`;
        if (!exists(path)) lacking(`${file} is not there`);
        expectEqual(`the digest of ${file}`, sha256File(path), digest);
        if (!file.endsWith(".json")) continue;
        const other = readJson<{ of?: unknown }>(path).of;
        if (digestJson(other ?? null) !== whole) fail(`${file} is of another checkpoint or data than stories.json`);
      }
      const surplus = [...Deno.readDirSync(inspection)].map(({ name }) => name)
        .find((file) => file !== "stories.json" && !(file in files) && !file.endsWith(".tmp"));
      if (surplus !== undefined) fail(`${surplus} is not among the files that stories.json names`);
      return { ...of, count: Object.keys(files).length };
    },
    ({ count, checkpoint: { name, step, state } }) => `${count} files of ${name} (step ${step}, ${shown(state)})`,
  );
  return made ? [made] : [];
}
