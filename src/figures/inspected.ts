/** Runs that were inspected, as pictures show them: systems beside each other that differ in their attention alone. */
import { type Config, flattenConfig, resolveConfig } from "../base/config.ts";
import { digestJson } from "../base/files.ts";
import type { RunOf } from "../runs/records.ts";
import { type Inspection, isInspected, readInspection } from "../runs/inspect/record.ts";
import { ablationRows, rowOf } from "../study/rows.ts";
import { type FigureInput, missing } from "./figure.ts";

/** A run with its pictures. */
export interface Inspected {
  run: RunOf;
  /** Its row of Table 2, e.g. `ours-sa-only`. */
  row: string;
  title: string;
  seed: number;
  inspection: Inspection;
}

/** Inspected runs that differ by row and seed alone. */
export interface Group {
  data: string;
  preset: Config["preset"];
  /** Settings that the preset does not have, as `key=value`. */
  settings: string[];
  /** In the order of Table 2 from the full model on, then by seed. */
  members: Inspected[];
}

/** What tells rows and seeds apart, or leaves the numbers as they are. */
const free = /^(preset|seed|engine|device|deviceMemory|deterministic|data\.name|model\.db\.[gd]|record\..*)$/;

/** All groups, those with the most rows first, then those nearest to their preset. @throws MissingData without any. */
export function inspectedGroups({ runs }: Pick<FigureInput, "runs">): Group[] {
  const groups = new Map<string, Group>();
  for (const run of runs) {
    const row = run.kind === "gan" ? rowOf(run.config) : undefined;
    if (row === undefined || !isInspected(run.folder)) continue;
    const inspection = readInspection(run.folder);
    const { config } = run;
    const preset = new Map(flattenConfig(resolveConfig(config.preset)).map(([key, value]) => [key, digestJson(value)]));
    const settings = flattenConfig(config).flatMap(([key, value]) =>
      free.test(key) || preset.get(key) === digestJson(value) ? [] : [`${key}=${JSON.stringify(value)}`]
    );
    const { data, split } = inspection.stories.of;
    const key = digestJson([data.digest, split, config.preset, settings]);
    if (!groups.has(key)) groups.set(key, { data: data.name, preset: config.preset, settings, members: [] });
    const title = ablationRows.find(({ label }) => label === row)!.title;
    groups.get(key)!.members.push({ run, row, title, seed: config.seed, inspection });
  }
  if (groups.size === 0) {
    missing("no run was inspected; train runs and show what they draw: deno task inspect RUN, then --runs runs.");
  }
  const order = ["ours", ...ablationRows.map(({ label }) => label)];
  for (const { members } of groups.values()) {
    members.sort((a, b) => order.indexOf(a.row) - order.indexOf(b.row) || a.seed - b.seed);
  }
  const rows = ({ members }: Group) => new Set(members.map(({ row }) => row)).size;
  return [...groups.values()].sort((a, b) => rows(b) - rows(a) || a.settings.length - b.settings.length);
}

/** One run a row, all of the seed that most rows have (the least such seed). */
export function ofOneSeed({ members }: Group): Inspected[] {
  const seeds = [...new Set(members.map(({ seed }) => seed))].sort((a, b) => a - b);
  const of = (seed: number) => {
    const seen = new Set<string>();
    return members.filter((one) => one.seed === seed && !seen.has(one.row) && seen.add(one.row));
  };
  return seeds.map(of).reduce((most, some) => some.length > most.length ? some : most);
}

/** The full model of the first group that has it. @throws MissingData where none was inspected. */
export function fullModels(groups: Group[]): { group: Group; members: Inspected[] } {
  for (const group of groups) {
    const members = group.members.filter(({ row }) => row === "ours");
    if (members.length > 0) return { group, members };
  }
  missing("no run of the full model was inspected: deno task train, then deno task inspect RUN and --runs runs.");
}

/** Data set, preset, settings and seeds, as captions say them. */
export function describeGroup({ data, preset, settings }: Group, members: Inspected[]): string {
  const seeds = [...new Set(members.map(({ seed }) => seed))].sort((a, b) => a - b);
  return `${data}, preset ${preset}${settings.length > 0 ? ` (${settings.join(", ")})` : ""}, ` +
    `seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}`;
}
