/** Tables of a study: its plan and its results. */
import { metrics, parseName } from "../../metrics/names.ts";
import { intervalsInWords } from "../../study/aggregate.ts";
import type { Job } from "../../study/plan.ts";
import type { ResultRow, StudyResults } from "../../study/results.ts";
import type { Study } from "../../study/studies.ts";
import { arrows } from "../common/arrows.ts";
import { table } from "../common/table.ts";

/** A row for each setting, a column for each seed; a field shows the state of the run and its name, if it has one. */
export function planTable(study: Study, jobs: Job[]): string {
  const field = ({ state, run }: Job) => run ? `${state}: ${run.name}` : state;
  const rows = study.rows.map(({ label }) => [
    label,
    ...jobs.filter(({ row }) => row.label === label).map(field),
  ]);
  return table(["row", ...study.seeds.map((seed) => `seed ${seed}`)], rows, { dense: true });
}

const number = (value: number) => value.toPrecision(4);

/**
 * A table for each metric name: mean ± sd over seeds, and the difference to the baseline with the same seeds; below each
 * what the intervals are.
 */
export function resultTables(study: Study, { metrics: found, baseline }: StudyResults): string {
  const names = Object.keys(found);
  if (names.length === 0) return "no numbers yet: no run is trained and evaluated";
  return names.map((name) => {
    const kind = metrics[parseName(name).metric];
    const head = [
      `${name}${kind?.unit ? ` ${kind.unit}` : ""} ${kind ? arrows[kind.better] : ""}`.trim(),
      "mean ± sd",
      "seeds",
      `minus ${baseline}, 95 %`,
      "p",
    ];
    const order = (label: string) => study.rows.findIndex((row) => row.label === label);
    const rows = found[name]!.toSorted((a, b) => order(a.row) - order(b.row)).map((row) => [
      row.row,
      row.n > 1 ? `${number(row.mean)} ± ${row.sd.toPrecision(2)}` : number(row.mean),
      row.seeds.join(" "),
      ...differenceTexts(row),
    ]);
    const comparisons = found[name]!.filter(({ difference }) => difference && difference.p !== null).length;
    return table(head, rows, { dense: true }) + (comparisons > 0 ? `\n${intervalsInWords(comparisons)}` : "");
  }).join("\n");
}

/** A difference with its interval, and its adjusted p value; a single seed has neither. */
function differenceTexts({ difference }: ResultRow): string[] {
  if (!difference) return ["", ""];
  const { mean, low, high, holm } = difference;
  if (low === null || high === null || holm === null) return [number(mean), ""]; // of one seed
  return [`${number(mean)} (${number(low)} to ${number(high)})`, holm < 0.001 ? "< 0.001" : holm.toFixed(3)];
}
