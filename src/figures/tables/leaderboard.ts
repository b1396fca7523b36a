/**
 * The leaderboard: in how many minutes each recipe reaches object F1 50, 60 and 70.
 *
 * Minutes are those of the steps, with compiling and the pre-training of the text encoder, without validation and sample
 * grids; when a run reached a goal is read from the numbers of its kept checkpoints and of its end.
 */
import { from } from "arquero";
import { digestJson } from "../../base/files.ts";
import { parseName } from "../../metrics/names.ts";
import { hadState, type RunRecord } from "../../records/read.ts";
import { fullModel } from "../../study/ablation_rows.ts";
import { type Figure, missing } from "../figure.ts";
import { machineOf } from "../labels.ts";
import { type LeftOut, leftOut } from "../left_out.ts";
import { namesOf } from "../measured.ts";
import type { PrintedTable } from "../render/text_table.ts";
import { ablationRowOf } from "../rows.ts";

/** Object F1, in %, that recipes are to reach. */
const goals = [50, 60, 70] as const;

/** A line of leaderboard.csv. */
export interface Standing {
  run: string;
  date: string;
  commit: string;
  data: string;
  preset: string;
  steps: number;
  "images/s": number | null;
  /** Of the steps of text encoder and model; null where the encoder's record is missing. */
  minutes: number | null;
  "object F1": number;
  /** Minutes to each goal; null where it was not reached. */
  "to 50": number | null;
  "to 60": number | null;
  "to 70": number | null;
  machine: string;
}

/** Seconds of the steps up to `step`, compiling included. A resumed run counts the steps that it repeated once. */
export function secondsUntil({ timing }: Pick<RunRecord, "timing">, step: number): number {
  let [seconds, before] = [0, 0];
  for (const line of timing) {
    if (line.step > step) break;
    seconds += (line.seconds_per_step ?? 0) * (line.step - before);
    before = line.step;
  }
  return seconds;
}

/**
 * The standings of the runs of the full model whose object F1 was measured on the test split, the earliest first; of
 * runs that differ only in their seed, the one with the smallest.
 */
export function standingsOf(runs: RunRecord[]): Standing[] {
  return recipesOf(runs).toSorted((a, b) => a.status.started < b.status.started ? -1 : 1)
    .map((run) => standingOf(run, runs));
}

/** One run of each recipe. */
function recipesOf(runs: RunRecord[]): RunRecord[] {
  const measured = runs
    .filter((run) => ablationRowOf(run.config) === fullModel && objectF1(run) !== undefined)
    .toSorted((a, b) => a.config.seed - b.config.seed);
  const recipes = new Map<string, RunRecord>();
  for (const run of measured) {
    const recipe = digestJson([run.data.digest, { ...run.config, seed: 0 }]);
    if (!recipes.has(recipe)) recipes.set(recipe, run);
  }
  return [...recipes.values()];
}

function standingOf(run: RunRecord, runs: RunRecord[]): Standing {
  const { name, status, environment, data, config, timing } = run;
  const encoder = data.encoder && runs.find((run) => hadState(run, data.encoder!.digest));
  const pretraining = encoder && secondsUntil(encoder, encoder.status.step);
  const minutesUntil = (step: number) =>
    pretraining === undefined ? null : (pretraining + secondsUntil(run, step)) / 60;
  const curve = run.curve.filter((point) => parseName(point.name).metric === "object-f1")
    .map(({ checkpoint: { step }, value }) => ({ step, value })).toSorted((a, b) => a.step - b.step);
  const atEnd = { step: status.step, value: objectF1(run)! };
  const reached = (goal: number) => {
    const first = [...curve, atEnd].find(({ value }) => value >= goal);
    return first ? minutesUntil(first.step) : null;
  };
  return {
    run: name,
    date: status.started.slice(0, 10),
    commit: environment.commit?.slice(0, 7) ?? "",
    data: data.name,
    preset: config.preset,
    steps: status.step,
    "images/s": median(timing.flatMap(({ images_per_second: speed }) => speed === undefined ? [] : [speed])),
    minutes: minutesUntil(status.step),
    "object F1": atEnd.value,
    ...{ "to 50": reached(50), "to 60": reached(60), "to 70": reached(70) },
    machine: machineOf(run),
  };
}

/** Object F1 of the test stories, in %: of all of them, where that was measured. */
function objectF1(run: RunRecord): number | undefined {
  const [name] = namesOf(run, "object-f1");
  return name === undefined ? undefined : run.measurements[name]!.value;
}

function median(values: number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

export const leaderboard: Figure = {
  name: "leaderboard",
  title: "Minutes to object F1 50, 60 and 70",
  sources: "runs evaluated on test, and their kept checkpoints (deno task evaluate RUN, … --checkpoint kept)",
  make({ runs }) {
    const standings = standingsOf(runs);
    if (standings.length === 0) {
      missing("no run has an object F1 on test: run `deno task classifier`, then `deno task evaluate RUN`.");
    }
    const machines = [...new Set(standings.map(({ machine }) => machine))];
    const right = (title: string, group?: string) => ({ title, align: "right" as const, ...(group ? { group } : {}) });
    const inWords = (value: number | null, digits = 1) => value === null ? "" : value.toFixed(digits);
    const table: PrintedTable = {
      title: "Minutes to object F1 50, 60 and 70",
      columns: [
        { title: "run", align: "left" },
        { title: "date", align: "left" },
        { title: "commit", align: "left" },
        ...[right("steps"), right("images/s"), right("minutes"), right("object F1 (%) ↑")],
        ...goals.map((goal) => right(String(goal), "minutes to object F1 ↓")),
        { title: "on", align: "left" },
      ],
      rows: standings.map((row) => [
        ...[row.run, row.date, row.commit, String(row.steps), inWords(row["images/s"], 0), inWords(row.minutes)],
        row["object F1"].toFixed(1),
        ...goals.map((goal) => inWords(row[`to ${goal}`])),
        row.machine,
      ]),
      notes: [
        "Object F1: test split. Minutes: steps of text encoder and model with compiling, without validation and grids.",
        "To a goal: to the first kept checkpoint at or above it, or else to the end of the run; empty where neither is.",
        ...(machines.length > 1 ? ["Minutes of different machines or numbers of threads do not compare."] : []),
      ],
    };
    return Promise.resolve({ csv: from(standings).toCSV(), table, left: leftOfStandings(runs) });
  },
};

function leftOfStandings(runs: RunRecord[]): LeftOut[] {
  return leftOut(runs, recipesOf(runs), (run) => {
    if (ablationRowOf(run.config) !== fullModel) return "not the full model";
    return objectF1(run) === undefined ? "without an object F1 on test" : "another seed of the same recipe is shown";
  });
}
