/**
 * Which recorded runs a figure compares, and by which metrics.
 *
 * Runs of one data set that differ only in what a figure compares form a group. Where there are several groups, the one
 * with most rows is shown, and the caption lists the runs that were left out, with the reasons. Each full metric name that all measured
 * runs of the group share gives one column; numbers under other names are never put into it.
 */
import { flattenConfig } from "../base/config.ts";
import { type Config, resolveConfig } from "../model/config.ts";
import { digestJson } from "../base/files.ts";
import { counted } from "../base/text.ts";
import { oneColumn, parseName } from "../metrics/names.ts";
import type { RunRecord } from "../records/read.ts";
import { type Aggregate, aggregate } from "../study/aggregate.ts";
import { missing } from "./figure.ts";
import { setTitle, titleAmong } from "./labels.ts";
import { leftInWords, type LeftOut, leftOut } from "./left_out.ts";

/** A run and the label of its row. */
export interface Placed {
  row: string;
  run: RunRecord;
}

/** Runs that can be compared. */
export interface Group {
  /** The data set that all were trained on. */
  data: { name: string; digest: string; title: string };
  runs: Placed[];
  /** Their common settings as text: `preset tiny, 540 steps of 12 stories`. */
  setting: string;
  /** Runs of the same data set that have a row and are not in the group. */
  left: LeftOut[];
}

/** Config keys in which runs of a group may differ: the seed, and keys that do not change what is trained. */
const ignoredKeys = /^(seed|engine|device|deviceMemory|record\.(log|sample|stories)|classifier\..*)$/;

/** The paper's data sets and the kit's own, in the order of their columns; others follow by name. */
const knownSets = ["pororo", "abstract", "clipart"];

/** The config keys and values that runs of a group must share. */
export type Setting = (config: Config) => [key: string, value: unknown][];

/** All config keys except those that a figure compares. */
export const allBut = (compared: RegExp): Setting => (config) =>
  flattenConfig(config).filter(([key]) => !compared.test(key));

/**
 * Chooses one group for each data set, from finished GAN runs.
 *
 * @param row Returns the row of a run; runs without one are not in the figure ({@link leftOfGroups} names them).
 * @param setting Returns what runs of a group must share, e.g. {@link allBut}.
 * @throws MissingData where there is no such run.
 */
export function groupRuns(runs: RunRecord[], row: (run: RunRecord) => string | undefined, setting: Setting): Group[] {
  const placed = runs.filter(({ kind, status }) => kind === "gan" && status.state === "finished").flatMap((run) => {
    const label = row(run);
    return label === undefined ? [] : [{ row: label, run }];
  });
  if (placed.length === 0) {
    missing("there is no finished run of a model: run `deno task train`, then `deno task evaluate RUN`.");
  }
  return setsOf(placed).map(({ list, title }) => bestGroup(list, title, setting));
}

/** The runs that are in no group, with the reasons: {@link Group.left}, unfinished ones, and those without a row. */
export function leftOfGroups(runs: RunRecord[], groups: Group[], noRow: string): LeftOut[] {
  const reasons = new Map(groups.flatMap(({ left }) => left.map(({ run, reason }) => [run, reason])));
  const shown = groups.flatMap(({ runs }) => runs.map(({ run }) => run));
  return leftOut(runs, shown, (run) => reasons.get(run) ?? noRow);
}

/** Runs by data set, with the set's title: the known sets first, then the others by name. */
export function setsOf(placed: Placed[]): { list: Placed[]; title: string }[] {
  const sets = [...Map.groupBy(placed, ({ run }) => run.data.digest).values()]
    .map((list) => ({ list, data: list[0]!.run.data }));
  const rank = (name: string) => (knownSets.indexOf(name) + knownSets.length + 1) % (knownSets.length + 1);
  const all = sets.map(({ data }) => data);
  return sets
    .sort(({ data: a }, { data: b }) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map(({ list, data }) => ({ list, title: titleAmong(data, all) }));
}

const rowsIn = (list: Placed[]) => new Set(list.map(({ row }) => row)).size;

/** The group with most rows; among equals, the nearest to its preset, then with most measured runs, then the newest. */
function bestGroup(ofSet: Placed[], title: string, setting: Setting): Group {
  const shared = (config: Config) => setting(config).filter(([key]) => !ignoredKeys.test(key));
  const groups = [...Map.groupBy(ofSet, ({ run }) => digestJson(shared(run.config))).values()].map((all) => {
    const list = onePerSeed(all);
    const { config } = list[0]!.run;
    const usual = new Map(shared(resolveConfig(config.preset)).map(([key, value]) => [key, JSON.stringify(value)]));
    return {
      all,
      list,
      unusual: shared(config).filter(([key, value]) => usual.get(key) !== JSON.stringify(value)).length,
      measured: list.filter(({ run }) => Object.keys(run.measurements).length > 0).length,
      newest: list.map(({ run }) => run.status.heartbeat).sort().at(-1)!,
    };
  });
  const { all, list } = groups.reduce((a, b) =>
    (rowsIn(b.list) - rowsIn(a.list) || a.unusual - b.unusual || b.measured - a.measured ||
        (b.newest > a.newest ? 1 : -1)) > 0
      ? b
      : a
  );
  const { name, digest } = list[0]!.run.data;
  const left = ofSet.filter((one) => !list.includes(one)).map((one) => ({
    run: one.run,
    reason: all.includes(one) ? "another run of the same row and seed is shown" : "other settings",
  }));
  return { data: { name, digest, title }, runs: list, setting: settingInWords(list.map(({ run }) => run)), left };
}

/** Keeps one run for each row and seed, the newest measured one, so that no seed counts twice. */
function onePerSeed(list: Placed[]): Placed[] {
  const rank = ({ run }: Placed) => (Object.keys(run.measurements).length > 0 ? "1" : "0") + run.status.heartbeat;
  return [...Map.groupBy(list, ({ row, run }) => `${row} ${run.config.seed}`).values()]
    .map((same) => same.reduce((a, b) => rank(b) > rank(a) ? b : a))
    .sort((a, b) => a.run.config.seed - b.run.config.seed);
}

/** Preset, steps and batch of runs as text; a range where they differ. */
export function settingInWords(runs: RunRecord[]): string {
  const span = (values: number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? `${low}` : `${low} to ${high}`;
  };
  const presets = [...new Set(runs.map(({ config }) => config.preset))].sort();
  const steps = span(runs.map(({ status }) => status.step));
  const batch = span(runs.map(({ config }) => config.train.batch));
  return `preset${presets.length === 1 ? "" : "s"} ${presets.join(" and ")}, ${steps} ${
    steps === "1" ? "step" : "steps"
  } of ${batch} ${batch === "1" ? "story" : "stories"}`;
}

/** A column: a full metric name, and the aggregated values of each row. */
export interface MeasuredColumn {
  name: string;
  rows: Map<string, Aggregate>;
}

/** The columns of a group, and a sentence for each metric without a common column. */
export interface Measured {
  columns: MeasuredColumn[];
  notes: string[];
}

/** Makes a column for each shared name, see {@link sharedNames}. @throws UserError as {@link sharedNames}. */
export function measuredColumns(runs: Placed[], wanted: string[], alone = true): Measured {
  const { names, notes } = sharedNames(runs.map(({ run }) => run), wanted, alone);
  return { columns: names.map((name) => ({ name, rows: rowsOf(runs, name) })), notes };
}

/**
 * The full metric names of the split `test` that all measured runs of one data set share, and a sentence for each
 * metric without such a name.
 *
 * @param wanted Metrics, in the order of their columns, e.g. `fid`.
 * @param alone Whether the figure shows no other data set, and so has nothing to show without a name.
 * @throws UserError where runs are measured, but all metrics by different protocols, and `alone` is true.
 */
export function sharedNames(
  runs: RunRecord[],
  wanted: string[],
  alone = true,
): { names: string[]; notes: string[] } {
  const names: string[] = [];
  const mixed: { metric: string; all: string[] }[] = [];
  for (const metric of wanted) {
    const lists = runs.map((run) => namesOf(run, metric)).filter((list) => list.length > 0);
    const all = [...new Set(lists.flat())].sort();
    const shared = all.filter((name) => lists.every((list) => list.includes(name)));
    if (all.length > 0 && shared.length === 0) mixed.push({ metric, all });
    names.push(...shared);
  }
  if (alone && names.length === 0 && mixed.length > 0) oneColumn(mixed[0]!.all);
  const notes = mixed.map(({ metric, all }) =>
    `${metric} is left out, for the runs were measured by different protocols: ${all.join(", ")}.`
  );
  return { names, notes };
}

/** Why runs are left out whose numbers have no name in common. */
export const otherProtocol = "measured by another protocol than the rest of its set";

/** The names of a metric on the split `test`: those of all stories, or else those of the first N stories. */
export function namesOf({ measurements }: RunRecord, metric: string): string[] {
  const names = Object.keys(measurements).map((text) => ({ text, name: parseName(text) }))
    .filter(({ name }) => name.metric === metric && name.split === "test");
  const whole = names.filter(({ name }) => !name.protocol.some((part) => /^first \d+$/.test(part)));
  return (whole.length > 0 ? whole : names).map(({ text }) => text);
}

function rowsOf(runs: Placed[], name: string): Map<string, Aggregate> {
  const values = runs.flatMap(({ row, run }) => {
    const entry = run.measurements[name];
    return entry ? [{ row, seed: run.config.seed, run: run.name, value: entry.value }] : [];
  });
  return new Map(aggregate(values).map((one) => [one.row, one]));
}

/** The caption of a group: data set, settings, number of runs, seeds, and the runs that were left out. */
export function captionOf({ data, runs, setting, left }: Group): string[] {
  const lines = [
    `Measured: data set ${setTitle(data.name)} ${data.digest.slice(0, 8)}, ${setting}; ${seedsInWords(runs)}.`,
  ];
  if (left.length > 0) lines.push(`Left out, ${leftInWords(left, ({ name }) => name, 4).join("; ")}.`);
  return lines;
}

/** The number of runs and their seeds as text: `12 runs, seeds 1, 2`. */
export function seedsInWords(runs: Placed[]): string {
  const seeds = [...new Set(runs.map(({ run }) => run.config.seed))].sort((a, b) => a - b);
  const bare = runs.filter(({ run }) => Object.keys(run.measurements).length === 0).length;
  return `${counted(runs.length, "run")}${bare > 0 ? ` (${bare} not measured)` : ""}, ` +
    `seed${seeds.length === 1 ? "" : "s"} ${seeds.join(", ")}`;
}
