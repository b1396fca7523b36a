/**
 * Table 2: the ablation. The paper's FID and FSD on Pororo-SV; beside them what runs of this kit were measured at, as mean
 * ± standard deviation over seeds, with the difference to the full model taken seed by seed.
 */
import { from } from "arquero";
import { parseName } from "../../metrics/names.ts";
import { type Difference, pairedDifference } from "../../study/aggregate.ts";
import { kendall, spearman } from "../../study/rank.ts";
import { ablationRows, rowOf } from "../../study/ablation_rows.ts";
import type { Figure } from "../figure.ts";
import { axisTitle, meanInWords, setTitle, shortNumber } from "../labels.ts";
import {
  allBut,
  captionOf,
  type Group,
  groupRuns,
  type MeasuredColumn,
  measuredColumns,
  measuredFields,
} from "../measured.ts";
import { type PaperTables, paperValue } from "../paper.ts";
import type { Column, Printed } from "./text_table.ts";
import type { RunRecord } from "../../records/read.ts";

/** The measured side of Table 2 on one data set. */
export interface Ablation {
  group: Group;
  columns: MeasuredColumn[];
  notes: string[];
}

/** The row that others are compared with. */
const full = "ours";

/** Runs of the table's rows, one group a data set, and what they were measured at. */
export function ablationOf(runs: RunRecord[]): Ablation[] {
  const groups = groupRuns(runs, ({ config }) => rowOf(config), allBut(/^model\.db\.[gd]$/));
  return groups.map((group) => ({ group, ...measuredColumns(group.runs, ["fid", "fsd"]) }));
}

/** Row less full model, seed by seed; undefined for the full model itself and where no seed is shared. */
export function toFull({ rows }: MeasuredColumn, row: string): Difference | undefined {
  const [one, other] = [rows.get(row), rows.get(full)];
  return row === full || !one || !other ? undefined : pairedDifference(one, other);
}

/** How a measured column orders the rows, against the paper's numbers of the same metric. */
export interface Agreement {
  rows: number;
  spearman: number | undefined;
  kendall: number | undefined;
  /**
   * Differences to the full model: all, those with the paper's sign, those of them whose interval excludes zero, and those
   * of the other sign whose interval does.
   */
  differences: { all: number; agree: number; clear: number; against: number };
}

/** @returns undefined where fewer than two rows have both numbers. */
export function agreementOf(column: MeasuredColumn, paper: PaperTables["table2"]): Agreement | undefined {
  const { metric } = parseName(column.name);
  const printed = (row: string) => paperValue(paper, row, `pororo.${metric}`);
  const rows = Object.keys(paper.rows).filter((row) => column.rows.has(row) && printed(row) !== null);
  if (rows.length < 2) return undefined;
  const [theirs, ours] = [rows.map((row) => printed(row)!), rows.map((row) => column.rows.get(row)!.mean)];
  const differences = rows.flatMap((row) => {
    const difference = toFull(column, row);
    return difference ? [{ difference, sign: Math.sign(printed(row)! - printed(full)!) }] : [];
  });
  const agree = differences.filter(({ difference, sign }) => Math.sign(difference.mean) === sign);
  const beside = differences.filter(({ difference: { low, high, n } }) => n > 1 && low * high > 0);
  const clear = beside.filter((one) => agree.includes(one));
  return {
    rows: rows.length,
    spearman: spearman(theirs, ours),
    kendall: kendall(theirs, ours),
    differences: {
      all: differences.length,
      agree: agree.length,
      clear: clear.length,
      against: beside.length - clear.length,
    },
  };
}

export const table2: Figure = {
  name: "table-2",
  title: "Ablation of the dynamic blocks",
  needs: "evaluated runs of its rows (deno task ablation), and the paper's numbers",
  make({ runs, paper: { table2: paper } }) {
    const ablations = ablationOf(runs);
    const table: Printed = {
      title: "Table 2: ablation of the dynamic blocks",
      columns: [
        { title: "row", align: "left" },
        ...["FID ↓", "FSD ↓"].map((title) => ({ title, align: "right" as const, group: "paper, Pororo-SV" })),
        ...ablations.flatMap(({ group, columns }) => columns.flatMap((column) => measuredHeads(group, column))),
      ],
      rows: ablationRows.map(({ label, title }) => [
        title,
        ...["pororo.fid", "pororo.fsd"].map((key) => paperValue(paper, label, key)?.toFixed(2) ?? ""),
        ...ablations.flatMap(({ columns }) => columns.flatMap((column) => measuredCells(column, label))),
      ]),
      notes: [
        "Paper and measured numbers are of different data sets, networks and training, and are not to be compared.",
        ...ablations.flatMap((one) => notesOf(one, paper)),
        "Less full: the row less the full model, seed by seed, with a 95 % bootstrap interval over seeds.",
      ],
    };
    return Promise.resolve({
      csv: from([...paperLines(paper), ...ablations.flatMap(measuredLines)]).toCSV(),
      table,
    });
  },
};

function measuredHeads({ data }: Group, { name }: MeasuredColumn): Column[] {
  const group = `${setTitle(data.name)}, ${axisTitle(name)}`;
  return ["mean ± s.d. (n)", "less full [95 %]"].map((title) => ({ title, align: "right", group }));
}

function measuredCells(column: MeasuredColumn, row: string): string[] {
  const one = column.rows.get(row);
  const difference = toFull(column, row);
  return [one ? meanInWords(one) : "", difference ? differenceInWords(difference) : ""];
}

/** `+0.52 [0.10, 0.93]`; a single seed has no interval. */
function differenceInWords({ mean, low, high, n }: Difference): string {
  const signed = `${mean >= 0 ? "+" : ""}${shortNumber(mean)}`;
  return n === 1 ? signed : `${signed} [${shortNumber(low)}, ${shortNumber(high)}]`;
}

/** The caption of a data set's columns: what was measured, and whether the order is the paper's. */
export function notesOf({ group, columns, notes }: Ablation, paper: PaperTables["table2"]): string[] {
  if (columns.length === 0) {
    return [...captionOf(group), ...notes, "None is measured on test yet: run `deno task evaluate RUN`."];
  }
  return [
    ...captionOf(group),
    ...notes,
    ...columns.map((column) => {
      const found = agreementOf(column, paper);
      const { metric } = parseName(column.name);
      if (!found) return `${column.name}: fewer than two rows are measured, so there is no order to compare.`;
      const { rows, differences: { all, agree, clear, against } } = found;
      return `${column.name} against the paper's ${metric.toUpperCase()}, order of ${rows} rows: ` +
        `Spearman ρ ${coefficient(found.spearman)}, Kendall τ ${coefficient(found.kendall)}; ` +
        `${agree} of ${all} differences to the full model have the paper's sign (${clear} with an interval beside zero), ` +
        `and ${against} the other sign with an interval beside zero.`;
    }),
    ...chanceOf(columns),
  ];
}

/** What intervals over few seeds are worth: all differences fall on one side of zero by chance in 2 of 2ⁿ cases. */
function chanceOf(columns: MeasuredColumn[]): string[] {
  const pairs = columns.flatMap((column) => ablationRows.flatMap(({ label }) => toFull(column, label)?.n ?? []))
    .filter((n) => n > 1);
  if (pairs.length === 0) return [];
  const n = Math.min(...pairs);
  const percent = Number((100 * 2 ** (1 - n)).toPrecision(2));
  return [
    `With ${n} seeds, a difference by chance alone has its interval beside zero in at least ${percent} % of cases.`,
  ];
}

const coefficient = (value: number | undefined) => value === undefined ? "undefined" : shortNumber(value);

/** A line of table-2.csv. */
interface Line {
  row: string;
  source: "paper" | "measured";
  data: string;
  metric: string;
  better: string;
  value: number | null;
  sd: number | null;
  n: number | null;
  seeds: string;
  runs: string;
  difference: number | null;
  low: number | null;
  high: number | null;
  pairs: number | null;
}

const noSpread = { sd: null, n: null, seeds: "", runs: "", difference: null, low: null, high: null, pairs: null };

function paperLines(paper: PaperTables["table2"]): Line[] {
  return Object.keys(paper.rows).flatMap((row) =>
    paper.columns.map((column, i) => {
      const [data, metric] = column.split(".") as [string, string];
      const value = paperValue(paper, row, column);
      return { row, source: "paper" as const, data, metric, better: paper.better[i]!, value, ...noSpread };
    })
  );
}

function measuredLines({ group, columns }: Ablation): Line[] {
  return columns.flatMap((column) =>
    ablationRows.filter(({ label }) => column.rows.has(label)).map(({ label: row }) => {
      const difference = toFull(column, row);
      return {
        row,
        ...measuredFields(group, column.name, column.rows.get(row)!),
        difference: difference?.mean ?? null,
        low: difference && difference.n > 1 ? difference.low : null,
        high: difference && difference.n > 1 ? difference.high : null,
        pairs: difference?.n ?? null,
      };
    })
  );
}
