/** What training wrote: numbers, speed, digests and grids, all of the steps at which the configuration wants them. */
import type { Config } from "../../base/config.ts";
import { fail } from "../../base/errors.ts";
import { sampleName } from "../../runs/sampling/sample_grid.ts";
import { exists } from "../../records/checkpoints.ts";
import type { Status } from "../../records/status.ts";
import { type Checks, expectEqual, lacking } from "./checks.ts";
import { digestsSchema, expectPicture, lineSchema, readFitting, readFittingLines, timingSchema } from "./read.ts";
import { bestOf, endsEarly, type Schedule, scheduleOf } from "./schedule.ts";

/** What the other checks go by. */
export interface Trained {
  schedule: Schedule;
  digests: Record<string, string>;
  /** Lines of validation. */
  validations: { step: number; [name: string]: number }[];
}

/** Checks digests.json, metrics.jsonl, timing.jsonl and how the run ended. */
export async function checkTraining(
  { look }: Checks,
  folder: string,
  config: Config,
  status: Pick<Status, "kind" | "state" | "step" | "steps">,
): Promise<Trained> {
  const { kind, state, step } = status;
  let digests: Record<string, string> = {}; // the other checks go by those that are there
  await look(
    "digests.json",
    "a state digest for each checkpoint",
    () => {
      // A run that was stopped before its first checkpoint has none.
      const begun = state !== "finished" && !exists(`${folder}/digests.json`);
      const found = begun ? {} : readFitting(`${folder}/digests.json`, digestsSchema);
      digests = found;
      const { end, validated } = scheduleOf(config, status, lastOf(found));
      const needed = state === "interrupted" || state === "finished" ? [...validated, end] : validated;
      expectSteps("checkpoint", needed, Object.keys(found).map(Number));
      const later = Object.keys(found).find((at) => Number(at) > end);
      if (later !== undefined) fail(`has the step ${later}, and the run ended at ${end}`);
      return found;
    },
    (found) => `${Object.keys(found).length} checkpoints`,
  );
  const schedule = scheduleOf(config, status, lastOf(digests));
  const { end, logged, validated, score } = schedule;
  const mayGoOn = state === "running" || state === "failed";

  const lines = await look(
    "metrics.jsonl",
    "numbers of every step wanted",
    () => {
      const empty = end === 0 && !exists(`${folder}/metrics.jsonl`);
      const lines = empty ? [] : readFittingLines(`${folder}/metrics.jsonl`, lineSchema, mayGoOn);
      const [trained, judged] = [lines.filter((line) => !isValidation(line)), lines.filter(isValidation)];
      for (const [what, of, wanted] of [["numbers", trained, logged], ["validation", judged, validated]] as const) {
        expectGrowing(what, of.map(({ step }) => step), end, mayGoOn);
        expectSteps(what, wanted, of.map(({ step }) => step));
        expectNames(what, of);
        // A run that was prolonged has a line more where it ended before.
        const surplus = of.find(({ step }) => step <= end && !wanted.includes(step) && !(step in digests));
        if (surplus) fail(`has ${what} of step ${surplus.step}, which the configuration does not ask for`);
      }
      return lines;
    },
    (lines) => `${lines.length} lines, complete to step ${end}`,
  );
  const validations = (lines ?? []).filter(isValidation);

  await look(
    "timing.jsonl",
    "speed of every step wanted",
    () => {
      const empty = end === 0 && !exists(`${folder}/timing.jsonl`);
      const lines = empty ? [] : readFittingLines(`${folder}/timing.jsonl`, timingSchema, mayGoOn);
      const steps = lines.map(({ step }) => step);
      expectGrowing("speed", steps, end, mayGoOn);
      expectSteps("speed", logged, steps);
      return steps;
    },
    (steps) => `${steps.length} lines`,
  );
  await look(
    "status.json",
    "how it ended",
    () => {
      expectEqual("steps", status.steps, schedule.steps);
      if (state !== "finished" || step === schedule.steps) return;
      if (!endsEarly(kind, config, step, bestOf(validations, score))) {
        fail(`says finished at step ${step}, expected ${schedule.steps}`);
      }
    },
    () => `${state} at step ${step} of ${schedule.steps}`,
  );
  return { schedule, digests, validations };
}

/** Checks the pictures of samples/. @param leftOut those that a committed record says it left out */
export async function checkSamples(
  { look }: Checks,
  folder: string,
  { kind, state }: Pick<Status, "kind" | "state">,
  { schedule: { drawn }, digests }: Trained,
  leftOut: string[],
): Promise<void> {
  if (kind === "damsm" && state === "finished") {
    await look(
      "samples/attention.png",
      "what words look at",
      () => expectPicture(`${folder}/samples/attention.png`),
      () => "1 picture",
    );
  }
  if (kind !== "gan") return;
  await look(
    "samples",
    "a grid for every step wanted",
    async () => {
      const names = drawn.map(sampleName).filter((name) => !leftOut.includes(`samples/${name}`));
      const files = exists(`${folder}/samples`)
        ? [...Deno.readDirSync(`${folder}/samples`)].map(({ name }) => name)
        : [];
      const gone = [...names, ...(drawn.length > 0 ? ["real.png"] : [])].find((name) => !files.includes(name));
      if (gone !== undefined) lacking(`${gone} is not there`);
      const grids = files.filter((name) => /^(\d{6,}|real)\.png$/.test(name));
      for (const name of grids) {
        const step = parseInt(name);
        await expectPicture(`${folder}/samples/${name}`);
        const known = name === "real.png" || drawn.includes(step) || step in digests || step > lastOf(digests);
        if (!known) fail(`${name} is of a step at which the configuration draws none`);
      }
      return grids.length;
    },
    (n) => `${n} pictures`,
  );
}

const isValidation = (line: { step: number; [name: string]: number }): boolean => {
  const names = Object.keys(line).filter((name) => name !== "step");
  return names.length > 0 && names.every((name) => name.endsWith(".val"));
};

function lastOf(digests: Record<string, string>): number {
  return Math.max(0, ...Object.keys(digests).map(Number));
}

/** @throws Missing naming the first step that lacks. */
function expectSteps(what: string, wanted: number[], found: number[]): void {
  const lost = wanted.find((step) => !found.includes(step));
  if (lost !== undefined) lacking(`no ${what} of step ${lost}`);
}

function expectGrowing(what: string, steps: number[], end: number, mayGoOn: boolean): void {
  const at = steps.findIndex((step, i) => i > 0 && step <= steps[i - 1]!);
  if (at > 0) fail(`${what} of step ${steps[at]} comes after ${steps[at - 1]}; steps must grow`);
  const last = steps.at(-1);
  if (last !== undefined && last > end && !mayGoOn) fail(`has ${what} of step ${last}, and the run ended at ${end}`);
}

/** Every line must have the numbers that the first has. */
function expectNames(what: string, lines: { step: number }[]): void {
  const names = (line: object) => Object.keys(line).sort();
  const first = lines[0] && names(lines[0]);
  for (const line of lines) {
    const own = names(line);
    const differs = first!.find((name) => !own.includes(name));
    if (differs !== undefined) lacking(`${what} of step ${line.step} lacks "${differs}"`);
    const surplus = own.find((name) => !first!.includes(name));
    if (surplus !== undefined) {
      fail(`${what} of step ${line.step} has "${surplus}", which step ${lines[0]!.step} has not`);
    }
  }
}
