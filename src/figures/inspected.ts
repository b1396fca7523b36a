/** Runs that were inspected, as pictures show them: systems beside each other that differ in their attention alone. */
import type { RunRecord } from "../records/read.ts";
import { type Inspection, isInspected, readInspection } from "../records/inspection.ts";
import { ablationRows, rowOf } from "../study/ablation_rows.ts";
import { type FigureInput, missing } from "./figure.ts";
import { rowTitle, setTitle } from "./labels.ts";
import { allBut, groupRuns } from "./measured.ts";

/** A run with its pictures. */
export interface Inspected {
  run: RunRecord;
  /** Its row of Table 2, e.g. `ours-sa-only`. */
  row: string;
  title: string;
  seed: number;
  inspection: Inspection;
}

/** Inspected runs of one data set that differ by row and seed alone, as Table 2 has them. */
export interface InspectedGroup {
  /** Name of the data set, and what captions call it. */
  data: string;
  dataTitle: string;
  /** What the runs share, in words. */
  setting: string;
  /** In the order of Table 2 from the full model on, then by seed. */
  members: Inspected[];
}

/** One group a data set. @throws MissingData where no run was inspected. */
export function inspectedGroups({ runs }: Pick<FigureInput, "runs">): InspectedGroup[] {
  const inspected = runs.filter(({ config, kind, folder }) =>
    kind === "gan" && rowOf(config) !== undefined && isInspected(folder)
  );
  if (inspected.length === 0) {
    missing("no run was inspected: run `deno task train`, then `deno task inspect RUN` and add --runs runs.");
  }
  const order = ["ours", ...ablationRows.map(({ label }) => label)];
  return groupRuns(inspected, ({ config }) => rowOf(config), allBut(/^model\.db\.[gd]$/)).map(
    ({ data, setting, runs }) => ({
      data: data.name,
      dataTitle: setTitle(data.name),
      setting,
      members: runs
        .map(({ row, run }) => ({
          run,
          row,
          title: rowTitle(row),
          seed: run.config.seed,
          inspection: readInspection(run.folder),
        }))
        .sort((a, b) => order.indexOf(a.row) - order.indexOf(b.row) || a.seed - b.seed),
    }),
  );
}

/** One run a row, all of the seed that most rows have (the least such seed). */
export function ofOneSeed({ members }: InspectedGroup): Inspected[] {
  const bySeed = [...Map.groupBy(members, ({ seed }) => seed)].sort(([a], [b]) => a - b).map(([, list]) => list);
  return bySeed.reduce((most, some) => some.length > most.length ? some : most);
}

/** The full models of the first group that has one. @throws MissingData where none was inspected. */
export function fullModels(groups: InspectedGroup[]): { group: InspectedGroup; members: Inspected[] } {
  for (const group of groups) {
    const members = group.members.filter(({ row }) => row === "ours");
    if (members.length > 0) return { group, members };
  }
  missing("no run of the full model was inspected: run `deno task train`, then `deno task inspect RUN`.");
}

/** Data set, settings and seeds, as captions say them. */
export function describeGroup({ dataTitle, setting }: InspectedGroup, members: Inspected[]): string {
  const seeds = [...new Set(members.map(({ seed }) => seed))].sort((a, b) => a - b);
  return `${dataTitle}, ${setting}, seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}`;
}
