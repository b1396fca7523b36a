/** Reads the files of a record with validation: a schema for each, and errors that name the place. */
import sharp from "sharp";
import { z } from "zod";
import { fail } from "../../base/errors.ts";
import { exists, readJson, reason, reasonInLine } from "../../base/files.ts";
import { isCheckpointName } from "../../records/checkpoints.ts";
import { failMissing } from "./checks.ts";

const count = z.int().min(0);
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hex digits`);
export const digest = hex(64);
const moment = z.iso.datetime();

/** These schemas list the required fields; files may have more. */
export const statusSchema = z.object({
  kind: z.enum(["gan", "damsm", "classifier"]),
  state: z.enum(["running", "finished", "interrupted", "failed"]),
  step: count,
  steps: count,
  started: moment,
  heartbeat: moment,
});

export const dataSchema = z.object({
  name: z.string().min(1),
  digest,
  stories: z.object({ train: count, val: count, test: count }),
  frames: count.min(1),
  vocabulary: count,
  encoder: z.object({ run: z.string().min(1), digest }).optional(),
});

export const environmentSchema = z.object({
  commit: hex(40).nullable(),
  uncommitted: digest.nullable(),
  code: digest,
  lock: digest,
  deno: z.string(),
  engine: z.object({ name: z.string(), version: z.string(), devices: z.array(z.string()), threads: count.min(1) }),
  resumed: z.array(z.object({ step: count, differs: z.array(z.string()) })).optional(),
});

/** Digests of states by step. */
export const digestsSchema = z.record(z.string().regex(/^\d+$/, "expected a step"), digest);

/** A line of metrics.jsonl. */
export const lineSchema = z.object({ step: count }).catchall(z.number());

/** A line of timing.jsonl. */
export const timingSchema = z.object({ step: count, time: moment }).catchall(z.number());

/** The code that measured or inspected a run. */
export const measuringCodeSchema = { commit: hex(40).nullable(), code: digest };
export type MeasuringCode = z.infer<z.ZodObject<typeof measuringCodeSchema>>;

/** An entry of metrics.json; with `name` a line of metric-NAME.jsonl. */
export const entrySchema = z.object({
  value: z.number(),
  interval: z.object({ low: z.number(), high: z.number(), level: z.number() })
    .refine(({ low, high }) => low <= high, "low is above high").optional(),
  stories: count.min(1),
  frames: count.min(1),
  checkpoint: z.object({
    name: z.string().refine(isCheckpointName, "expected best, last or step-N"),
    step: count,
    state: digest,
    chosenBy: z.object({ metric: z.string(), value: z.number() }).optional(),
  }),
  data: z.object({ name: z.string(), digest }),
  networks: z.record(z.string(), z.string()),
  ...measuringCodeSchema,
});

export type VerifiedEntry = z.infer<typeof entrySchema>;

/**
 * Reads a JSON file and validates it.
 *
 * @throws Missing when it does not exist, UserError naming the key that does not fit the schema.
 */
export function readValidated<S extends z.ZodType>(path: string, schema: S): z.infer<S> {
  expectFile(path);
  return validate(readJson(path), schema, "it");
}

/**
 * Reads and validates every line of a .jsonl file.
 *
 * @param growing whether the last line may be cut short, as in a run that is running or was killed
 * @throws like {@link readValidated}, naming the line.
 */
export function readValidatedLines<S extends z.ZodType>(path: string, schema: S, growing = false): z.infer<S>[] {
  expectFile(path);
  const lines = readText(path).split("\n");
  if (lines.pop() !== "" && !growing) fail(`line ${lines.length + 1} is cut short: it has no newline`);
  return lines.map((line, i) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (error) {
      fail(`line ${i + 1} is not JSON: ${reasonInLine(error)}`, error);
    }
    return validate(value, schema, `line ${i + 1}`);
  });
}

function validate<S extends z.ZodType>(value: unknown, schema: S, place: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  fail(`${place} does not fit${path.length > 0 ? ` at ${path.join(".")}` : ""}: ${message}`);
}

/** Checks that a file exists. @throws Missing when it does not. */
export function expectFile(path: string): void {
  if (!exists(path)) failMissing("there is no such file");
}

/** Reads a text file. @throws UserError when it cannot be read. */
export function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    fail(`cannot be read: ${reason(error)}`, error);
  }
}

/** Decodes a whole picture. @throws Missing; UserError when it is cut short or not a picture. */
export async function expectPicture(path: string): Promise<void> {
  expectFile(path);
  try {
    await sharp(path, { failOn: "warning" }).raw().toBuffer();
  } catch (error) {
    fail(`${path.slice(path.lastIndexOf("/") + 1)} is no whole picture: ${(error as Error).message}`, error);
  }
}
