/** Training curves: losses of both networks, and metrics on the validation stories, by step of every run. */
import { from, op } from "arquero";
import { ablationRows } from "../../study/ablation_rows.ts";
import { colourScale, dashScale, dotted, titled } from "./chart.ts";
import { type Figure, missing } from "../figure.ts";
import { allBut, captionOf, type Group, groupRuns, leftOfGroups } from "../measured.ts";
import { noTableRow, rowOf, rowTitle } from "../rows.ts";

/** Entries of metrics.jsonl that get a panel each; validation metrics are titled by their names there. */
const quantities: { key: RegExp; title: (name: string) => string }[] = [
  { key: /^loss\.g$/, title: () => "loss of the generator" },
  { key: /^loss\.d$/, title: () => "loss of the discriminator" },
  { key: /^frechet\[.*\]\.val$/, title: (name) => `${name} ↓` },
  { key: /^cosine\[.*\]\.val$/, title: (name) => `${name} ×100 ↑` },
];

const panel = { width: 300, height: 170 };
const legend = { symbolType: "stroke", symbolStrokeWidth: 2, symbolSize: 400 };
const width = 2 * panel.width + 60;

/** A line of training-curves.csv. */
interface Point {
  data: string;
  row: string;
  seed: number;
  run: string;
  quantity: string;
  step: number;
  value: number;
}

export const trainingCurves: Figure = {
  name: "training-curves",
  title: "Training curves",
  sources: "finished runs (deno task train, deno task ablation)",
  make({ runs }) {
    const groups = groupRuns(runs, ({ config }) => rowOf(config), allBut(/^(system|model\.db\.[gd])$/));
    const points = groups.flatMap(pointsOf);
    if (points.length === 0) missing("no run has logged a loss: run `deno task train`.");
    const rows = orderOf(points.map(({ row }) => row));
    const several = groups.length > 1; // then each panel names its data set
    return Promise.resolve({
      left: leftOfGroups(runs, groups, noTableRow),
      csv: from(points).toCSV(),
      spec: {
        title: titled("Training curves", [
          ...groups.flatMap((group) => captionOf(group)),
          "Thin: a run. Thick: the mean of a row's seeds. Validation numbers are taken while training, each run's by its " +
          "own text encoder.",
        ], width),
        columns: 2,
        concat: groups.flatMap((group) => panelsOf(group, rows, several)),
      },
    });
  },
};

function pointsOf({ data, runs }: Group): Point[] {
  return runs.flatMap(({ row, run }) =>
    run.lines.flatMap(({ step, ...numbers }) =>
      Object.entries(numbers).filter(([name]) => quantities.some(({ key }) => key.test(name))).map((
        [quantity, value],
      ) => ({
        data: `${data.name}:${data.digest.slice(0, 8)}`,
        row,
        seed: run.config.seed,
        run: run.name,
        quantity,
        step,
        value,
      }))
    )
  );
}

/** Titles of rows in the order of Table 2, then of other systems. */
function orderOf(rows: string[]): string[] {
  const known = ablationRows.map(({ label }) => label);
  const rank = (row: string) => (known.indexOf(row) + known.length + 1) % (known.length + 1);
  return [...new Set(rows)].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).map(rowTitle);
}

function panelsOf(group: Group, rows: string[], several: boolean) {
  const points = pointsOf(group);
  const names = [...new Set(points.map(({ quantity }) => quantity))];
  return quantities.flatMap(({ key, title }) => names.filter((name) => key.test(name)).map((name) => ({ name, title })))
    .map(({ name, title }) => {
      const values = points.filter(({ quantity }) => quantity === name)
        .map(({ row, run, step, value }) => ({ row: rowTitle(row), run, step, value }));
      const means = from(values).groupby("row", "step").rollup({ value: op.mean("value") }).orderby("row", "step")
        .objects() as { row: string; step: number; value: number }[];
      const axes = {
        x: { field: "step", type: "quantitative" as const, title: "steps", scale: { zero: true } },
        y: {
          field: "value",
          type: "quantitative" as const,
          title: several ? [`${group.data.title}:`, title(name)] : title(name),
          scale: { zero: false },
          axis: { tickCount: 5 },
        },
        color: { field: "row", type: "nominal" as const, title: "row", scale: colourScale(rows), legend },
        strokeDash: { field: "row", type: "nominal" as const, title: "row", scale: dashScale(rows), legend },
      };
      return {
        ...panel,
        layer: [
          {
            data: { values },
            mark: { type: "line" as const, strokeWidth: 0.6, opacity: 0.5, ...dotted(values.map(({ run }) => run)) },
            encoding: { ...axes, detail: { field: "run", type: "nominal" as const } },
          },
          {
            data: { values: means },
            // There are few validations: each gets a dot.
            mark: {
              type: "line" as const,
              strokeWidth: 2,
              ...(name.endsWith(".val") ? { point: true } : dotted(means.map(({ row }) => row))),
            },
            encoding: axes,
          },
        ],
      };
    });
}
