/** Checks what training wrote: numbers, speed, digests and grids, at all steps that the configuration asks for. */
import type { Config } from "../../model/config.ts";
import { fail } from "../../base/errors.ts";
import { exists } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { sampleName } from "../../runs/sampling/sample_grid.ts";
import type { Status } from "../../records/status.ts";
import { type Checks, expectEqual, failMissing } from "./checks.ts";
import { digestsSchema, expectPicture, lineSchema, readValidated, readValidatedLines, timingSchema } from "./read.ts";
import { bestOf, endsEarly, type Schedule, scheduleOf } from "./schedule.ts";

/** What further checks need. */
export interface TrainingRecord {
  schedule: Schedule;
  digests: Record<string, string>;
  /** Lines of validation in metrics.jsonl. */
  validations: { step: number; [name: string]: number }[];
}

/** Checks digests.json, metrics.jsonl, timing.jsonl and how the run ended. */
export async function checkTraining(
  { check }: Checks,
  folder: string,
  config: Config,
  status: Pick<Status, "kind" | "state" | "step" | "steps">,
): Promise<TrainingRecord> {
  const { kind, state, step } = status;
  let digests: Record<string, string> = {}; // // the other checks use those that exist
  await check(
    "digests.json",
    "a state digest for each checkpoint",
    () => {
      // A run that was stopped before its first checkpoint has no digests.
      const empty = state !== "finished" && !exists(`${folder}/digests.json`);
      const found = empty ? {} : readValidated(`${folder}/digests.json`, digestsSchema);
      digests = found;
      const { end, validated } = scheduleOf(config, status, lastOf(found));
      const needed = state === "interrupted" || state === "finished" ? [...validated, end] : validated;
      expectSteps("checkpoint", needed, Object.keys(found).map(Number));
      const later = Object.keys(found).find((at) => Number(at) > end);
      if (later !== undefined) fail(`has the step ${later}, and the run ended at ${end}`);
      return found;
    },
    (found) => counted(Object.keys(found).length, "checkpoint"),
  );
  const schedule = scheduleOf(config, status, lastOf(digests));
  const { end, logged, validated, score } = schedule;
  const mayContinue = state === "running" || state === "failed";

  const lines = await check(
    "metrics.jsonl",
    "numbers of every scheduled step",
    () => {
      const empty = end === 0 && !exists(`${folder}/metrics.jsonl`);
      const lines = empty ? [] : readValidatedLines(`${folder}/metrics.jsonl`, lineSchema, mayContinue);
      const [training, validation] = [lines.filter((line) => !isValidation(line)), lines.filter(isValidation)];
      for (
        const [what, of, wanted] of [["numbers", training, logged], ["validation", validation, validated]] as const
      ) {
        expectGrowing(what, of.map(({ step }) => step), end, mayContinue);
        expectSteps(what, wanted, of.map(({ step }) => step));
        expectNames(what, of);
        // A run that was extended has an additional line where it ended before.
        const surplus = of.find(({ step }) => step <= end && !wanted.includes(step) && !(step in digests));
        if (surplus) fail(`has ${what} of step ${surplus.step}, which the configuration does not ask for`);
      }
      return lines;
    },
    (lines) => `${counted(lines.length, "line")}, complete to step ${end}`,
  );
  const validations = (lines ?? []).filter(isValidation);

  await check(
    "timing.jsonl",
    "speed of every scheduled step",
    () => {
      const empty = end === 0 && !exists(`${folder}/timing.jsonl`);
      const lines = empty ? [] : readValidatedLines(`${folder}/timing.jsonl`, timingSchema, mayContinue);
      const steps = lines.map(({ step }) => step);
      expectGrowing("speed", steps, end, mayContinue);
      expectSteps("speed", logged, steps);
      return steps;
    },
    (steps) => counted(steps.length, "line"),
  );
  await check(
    "status.json",
    "how it ended",
    () => {
      expectEqual("steps", status.steps, schedule.steps);
      if (state !== "finished" || step === schedule.steps) return;
      if (!endsEarly(kind, config, step, bestOf(validations, score))) {
        fail(`is finished at step ${step}, expected ${schedule.steps}`);
      }
    },
    () => `${state} at step ${step} of ${schedule.steps}`,
  );
  return { schedule, digests, validations };
}

/**
 * Checks the pictures of samples/.
 *
 * @param leftOut paths that a committed record left out
 */
export async function checkSamples(
  { check }: Checks,
  folder: string,
  { kind, state }: Pick<Status, "kind" | "state">,
  { schedule: { drawn }, digests }: TrainingRecord,
  leftOut: string[],
): Promise<void> {
  if (kind === "damsm" && state === "finished") {
    await check(
      "samples/attention.png",
      "attention maps of words",
      () => expectPicture(`${folder}/samples/attention.png`),
      () => "1 picture",
    );
  }
  if (kind !== "gan") return;
  await check(
    "samples",
    "a grid for every scheduled step",
    async () => {
      const names = drawn.map(sampleName).filter((name) => !leftOut.includes(`samples/${name}`));
      const files = exists(`${folder}/samples`)
        ? [...Deno.readDirSync(`${folder}/samples`)].map(({ name }) => name)
        : [];
      const gone = [...names, ...(drawn.length > 0 ? ["real.png"] : [])].find((name) => !files.includes(name));
      if (gone !== undefined) failMissing(`${gone} is not there`);
      const grids = files.filter((name) => /^(\d{6,}|real)\.png$/.test(name));
      for (const name of grids) {
        const step = parseInt(name);
        await expectPicture(`${folder}/samples/${name}`);
        const expected = name === "real.png" || drawn.includes(step) || step in digests || step > lastOf(digests);
        if (!expected) fail(`${name} is of a step at which the configuration asks for no grid`);
      }
      return grids.length;
    },
    (n) => counted(n, "picture"),
  );
}

const isValidation = (line: { step: number; [name: string]: number }): boolean => {
  const names = Object.keys(line).filter((name) => name !== "step");
  return names.length > 0 && names.every((name) => name.endsWith(".val"));
};

function lastOf(digests: Record<string, string>): number {
  return Math.max(0, ...Object.keys(digests).map(Number));
}

/** Checks that no step is missing. @throws Missing naming the first that is. */
function expectSteps(what: string, wanted: number[], found: number[]): void {
  const missing = wanted.find((step) => !found.includes(step));
  if (missing !== undefined) failMissing(`no ${what} of step ${missing}`);
}

function expectGrowing(what: string, steps: number[], end: number, mayContinue: boolean): void {
  const at = steps.findIndex((step, i) => i > 0 && step <= steps[i - 1]!);
  if (at > 0) fail(`${what} of step ${steps[at]} comes after ${steps[at - 1]}; steps must grow`);
  const last = steps.at(-1);
  if (last !== undefined && last > end && !mayContinue) {
    fail(`has ${what} of step ${last}, and the run ended at ${end}`);
  }
}

/** Checks that every line has the same names as the first one. */
function expectNames(what: string, lines: { step: number }[]): void {
  const names = (line: object) => Object.keys(line).sort();
  const first = lines[0] && names(lines[0]);
  for (const line of lines) {
    const own = names(line);
    const differs = first!.find((name) => !own.includes(name));
    if (differs !== undefined) failMissing(`${what} of step ${line.step} lacks "${differs}"`);
    const surplus = own.find((name) => !first!.includes(name));
    if (surplus !== undefined) {
      fail(`${what} of step ${line.step} has "${surplus}", which step ${lines[0]!.step} has not`);
    }
  }
}
