/** Inspected runs for figures with pictures: groups of runs that differ only in their attention and seed. */
import type { RunRecord } from "../records/read.ts";
import { type Inspection, isInspected, readInspection } from "../records/inspection.ts";
import { ablationRows, fullModel } from "../study/ablation_rows.ts";
import { type FigureInput, missing } from "./figure.ts";
import { type LeftOut, leftOut } from "./left_out.ts";
import { allBut, groupRuns } from "./measured.ts";
import { ablationRowOf, noTableRow, rowTitle } from "./rows.ts";

/** A run with its inspection: generated stories, selectors, attention maps, failures. */
export interface Inspected {
  run: RunRecord;
  /** Label of its row of Table 2. */
  row: string;
  title: string;
  seed: number;
  inspection: Inspection;
}

/** Inspected runs of one data set that differ only by row of Table 2 and seed. */
export interface InspectedGroup {
  /** Name of the data set, and its title for captions. */
  data: string;
  dataTitle: string;
  /** The common settings of the runs as text. */
  setting: string;
  /** The full model first, then the rows in the order of Table 2; each by seed. */
  members: Inspected[];
  /** Inspected runs of the data set that are in no group. */
  left: LeftOut[];
}

/** Makes one group for each data set. @throws MissingData where no run was inspected. */
export function inspectedGroups({ runs }: Pick<FigureInput, "runs">): InspectedGroup[] {
  const inspected = runs.filter(({ config, kind, folder }) =>
    kind === "gan" && ablationRowOf(config) !== undefined && isInspected(folder)
  );
  if (inspected.length === 0) {
    missing(
      "no run was inspected: run `deno task train` and `deno task inspect RUN`, then `deno task figures --runs runs`.",
    );
  }
  const order = [fullModel, ...ablationRows.map(({ label }) => label)];
  return groupRuns(inspected, ({ config }) => ablationRowOf(config), allBut(/^model\.db\.[gd]$/)).map(
    ({ data, setting, runs, left }) => ({
      data: data.name,
      dataTitle: data.title,
      setting,
      left,
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

/** The runs that a figure does not show, which shows some members of one group or of several. */
export function leftOfInspected(runs: RunRecord[], groups: InspectedGroup[], shown: Inspected[]): LeftOut[] {
  const reasons = new Map(groups.flatMap(({ left }) => left.map(({ run, reason }) => [run, reason])));
  const groupOf = (run: RunRecord) => groups.find(({ members }) => members.some((one) => one.run === run));
  const shownGroups = groups.filter(({ members }) => members.some((one) => shown.includes(one)));
  return leftOut(runs, shown.map(({ run }) => run), (run) => {
    if (ablationRowOf(run.config) === undefined) return noTableRow;
    if (!isInspected(run.folder)) return "not inspected";
    const group = groupOf(run);
    if (!group) return reasons.get(run) ?? "other settings";
    return shownGroups.includes(group) ? "of another row or seed than those shown" : "of another data set";
  });
}

/** One run of each row, all of the same seed: the one that most rows have, the smallest among equals. */
export function ofOneSeed({ members }: InspectedGroup): Inspected[] {
  const bySeed = [...Map.groupBy(members, ({ seed }) => seed)].sort(([a], [b]) => a - b).map(([, list]) => list);
  return bySeed.reduce((most, some) => some.length > most.length ? some : most);
}

/** The runs of the full model in the first group that has some. @throws MissingData where none was inspected. */
export function fullModels(groups: InspectedGroup[]): { group: InspectedGroup; members: Inspected[] } {
  for (const group of groups) {
    const members = group.members.filter(({ row }) => row === fullModel);
    if (members.length > 0) return { group, members };
  }
  missing("no run of the full model was inspected: run `deno task train`, then `deno task inspect RUN`.");
}

/** Data set, settings and seeds, for a caption. */
export function describeGroup({ dataTitle, setting }: InspectedGroup, members: Inspected[]): string {
  const seeds = [...new Set(members.map(({ seed }) => seed))].sort((a, b) => a - b);
  return `${dataTitle}, ${setting}, seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}`;
}
