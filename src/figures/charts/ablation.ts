/**
 * The ablation as a dot plot: the paper's numbers, each measured column, and its differences to the full model. Every
 * panel has its own scale, since the paper's numbers cannot be compared with measured ones.
 */
import { from } from "arquero";
import { parseName } from "../../metrics/names.ts";
import { remains } from "../../study/aggregate.ts";
import { ablationRows } from "../../study/ablation_rows.ts";
import { titled } from "./chart.ts";
import { type Figure, missing } from "../figure.ts";
import { arrow, axisTitle, kindOf } from "../labels.ts";
import { type PaperTables, paperValue } from "../paper.ts";
import { type Ablation, ablationOf, type ComparedColumn, intervalNotes, notesOf } from "../tables/table_2.ts";
import { ink, palette } from "../render/theme.ts";
import { leftOfGroups, otherProtocol } from "../measured.ts";
import { noTableRow, rowTitle } from "../rows.ts";

const panel = { paper: 150, measured: 230, difference: 230, height: 140 };
const width = 160 + panel.paper + panel.measured + panel.difference;
const order = ablationRows.map(({ title }) => title);

export const ablation: Figure = {
  name: "ablation",
  title: "Ablation as a dot plot",
  sources: "evaluated runs of Table 2's rows (deno task ablation)",
  make({ runs, paper: { table2: paper } }) {
    const all = ablationOf(runs);
    const ablations = all.filter(({ columns }) => columns.length > 0);
    if (ablations.length === 0) {
      missing("no run of Table 2 is measured on test: run `deno task ablation`, or `deno task evaluate RUN`.");
    }
    const rows = ablations.flatMap((one) => one.columns.map((column) => ({ one, column })));
    return Promise.resolve({
      left: [
        ...leftOfGroups(runs, all.map(({ group }) => group), noTableRow),
        ...all.filter((one) => !ablations.includes(one)).flatMap(({ group, notes }) => {
          const reason = notes.length > 0 ? otherProtocol : "not measured on test";
          return group.runs.map(({ run }) => ({ run, reason }));
        }),
      ],
      csv: from([...paperPoints(paper), ...rows.flatMap(({ one, column }) => points(one, column))]).toCSV(),
      spec: {
        title: titled("Ablation of the dynamic blocks", [
          ...ablations.flatMap((one) => notesOf(one, paper)),
          "Left: the paper's. Middle: a ring is a seed, a dot the mean, a bar ± 1 s.d. over seeds (none for one seed). " +
          "Right: the row less the full model, seed by seed; filled where it remains (*).",
          ...intervalNotes(ablations),
        ], width),
        vconcat: rows.map(({ one, column }) => ({
          hconcat: [paperPanel(paper, column), measuredPanel(one, column), differencePanel(column)],
        })),
      },
    });
  },
};

/** The vertical axis of all panels: one position for each row. */
const rowsAxis = (labels: boolean) => ({
  field: "row",
  type: "nominal" as const,
  sort: order,
  scale: { domain: order },
  title: null,
  axis: { labels, ticks: labels, domain: labels, grid: true },
});

const numbers = (field: string, title: string | string[]) => ({
  field,
  type: "quantitative" as const,
  title,
  scale: { zero: false, padding: 8 },
  axis: { tickCount: 4 },
});

function paperPanel(paper: PaperTables["table2"], { name }: ComparedColumn) {
  const { metric } = parseName(name);
  const values = ablationRows.map(({ label, title }) => ({
    row: title,
    value: paperValue(paper, label, `pororo.${metric}`),
  }));
  return {
    width: panel.paper,
    height: panel.height,
    data: { values },
    mark: { type: "point" as const, shape: "diamond", color: ink, size: 60 },
    encoding: {
      x: numbers("value", ["paper, Pororo-SV:", `${metric.toUpperCase()} ${arrow.lower}`]),
      y: rowsAxis(true),
    },
  };
}

function measuredPanel({ group }: Ablation, { name, rows }: ComparedColumn) {
  const seeds = [...rows.values()].flatMap(({ row, values }) =>
    values.map(({ seed, value }) => ({ row: rowTitle(row), seed, value }))
  );
  const means = [...rows.values()].map(({ row, n, mean, sd }) => ({
    row: rowTitle(row),
    mean,
    ...(n > 1 ? { low: mean - sd, high: mean + sd } : {}),
  }));
  const x = numbers("mean", [`measured, ${group.data.title}:`, axisTitle(name)]);
  const y = rowsAxis(false);
  return {
    width: panel.measured,
    height: panel.height,
    layer: [
      {
        data: { values: means.filter((mean) => "low" in mean) },
        mark: { type: "rule" as const, color: palette.blue, strokeWidth: 2 },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
      },
      {
        data: { values: seeds },
        mark: { type: "point" as const, filled: false, color: palette.blue, size: 45 },
        encoding: { x: { ...x, field: "value" }, y },
      },
      {
        data: { values: means },
        mark: { type: "point" as const, color: palette.blue, size: 45 },
        encoding: { x, y },
      },
    ],
  };
}

function differencePanel(column: ComparedColumn) {
  const values = ablationRows.flatMap(({ label, title }) => {
    const difference = column.toFull.get(label);
    return difference ? [{ row: title, ...difference, remains: remains(difference) }] : [];
  });
  const { better } = kindOf(column.name);
  const x = numbers("mean", [
    "row less full model, by seed, 95 %",
    `worse is ${better === "lower" ? "right" : "left"} of 0`,
  ]);
  const y = rowsAxis(false);
  return {
    width: panel.difference,
    height: panel.height,
    layer: [
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: "rule" as const, color: ink, strokeDash: [3, 3] },
        encoding: { x: { ...x, field: "zero" } },
      },
      {
        data: { values: values.filter(({ n }) => n > 1) },
        mark: { type: "rule" as const, color: palette.vermillion, strokeWidth: 2 },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y },
      },
      {
        data: { values },
        mark: { type: "point" as const, shape: "square", filled: false, color: palette.vermillion, size: 45 },
        encoding: { x, y, fill: { condition: { test: "datum.remains", value: palette.vermillion }, value: "white" } },
      },
    ],
  };
}

/** A line of ablation.csv: the value of one run, or the paper's number. */
interface Point {
  row: string;
  source: "paper" | "measured";
  data: string;
  metric: string;
  seed: number | null;
  value: number | null;
}

function paperPoints(paper: PaperTables["table2"]): Point[] {
  return ablationRows.filter(({ label }) => label in paper.rows).flatMap(({ label: row }) =>
    paper.columns.map((column) => {
      const [data, metric] = column.split(".") as [string, string];
      return { row, source: "paper" as const, data, metric, seed: null, value: paperValue(paper, row, column) };
    })
  );
}

function points({ group }: Ablation, { name, rows }: ComparedColumn): Point[] {
  const data = `${group.data.name}:${group.data.digest.slice(0, 8)}`;
  return [...rows.values()].flatMap(({ row, values }) =>
    values.map(({ seed, value }) => ({ row, source: "measured" as const, data, metric: name, seed, value }))
  );
}
