/**
 * Table 2: the ablation. The paper's FID and FSD on Pororo-SV, and the metrics of this kit's runs: mean ± standard
 * deviation over seeds, and the difference to the full model, paired by seed.
 */
import { from } from "arquero";
import { counted } from "../../base/text.ts";
import { parseName } from "../../metrics/names.ts";
import { adjusted, excludesZero, pairedDifference, remains, type TableDifference } from "../../study/aggregate.ts";
import { kendall, spearman } from "../../study/rank.ts";
import { ablationRows, fullModel } from "../../study/ablation_rows.ts";
import type { Figure } from "../figure.ts";
import { axisTitle, meanInWords, shortNumber } from "../labels.ts";
import {
  allBut,
  captionOf,
  type Group,
  groupRuns,
  leftOfGroups,
  type MeasuredColumn,
  measuredColumns,
} from "../measured.ts";
import { type PaperTables, paperValue } from "../paper.ts";
import type { Column, PrintedTable } from "../render/text_table.ts";
import type { RunRecord } from "../../records/read.ts";
import { ablationRowOf, noTableRow } from "../rows.ts";
import { type LineFields, measuredFields, notComparable, notMeasured, paperFields } from "./shared.ts";

/** A measured column with the differences of its rows to the full model, paired by seed. */
export interface ComparedColumn extends MeasuredColumn {
  /** By label of the row; rows that share no seed with the full model, and the full model itself, have none. */
  toFull: Map<string, TableDifference>;
}

/** The measured columns of Table 2 on one data set. */
export interface Ablation {
  group: Group;
  columns: ComparedColumn[];
  notes: string[];
}

/** Runs of the table's rows, one group for each data set, with their measured columns. */
export function ablationOf(runs: RunRecord[]): Ablation[] {
  const groups = groupRuns(runs, ({ config }) => ablationRowOf(config), allBut(/^model\.db\.[gd]$/));
  const alone = groups.length === 1;
  const measured = groups.map((group) => ({ group, ...measuredColumns(group.runs, ["fid", "fsd"], alone) }));
  const found = measured.flatMap(({ columns }) => columns.flatMap(differencesOf));
  const differences = adjusted(found.map(({ difference }) => difference)); // all that the table reports
  return measured.map(({ columns, ...one }) => ({
    ...one,
    columns: columns.map((column) => ({
      ...column,
      toFull: new Map(found.flatMap((at, i) => at.column === column ? [[at.row, differences[i]!]] : [])),
    })),
  }));
}

/** Each row minus the full model, paired by seed, in the order of the table. */
function differencesOf(column: MeasuredColumn) {
  const full = column.rows.get(fullModel);
  return ablationRows.flatMap(({ label: row }) => {
    const one = column.rows.get(row);
    const difference = row === fullModel || !one || !full ? undefined : pairedDifference(one, full);
    return difference ? [{ column, row, difference }] : [];
  });
}

/** Agreement of the order of rows in a measured column with that in the paper's numbers of the same metric. */
export interface Agreement {
  rows: number;
  spearman: number | undefined;
  kendall: number | undefined;
  /**
   * Numbers of differences to the full model: `all`; with the paper's sign (`agree`); with the paper's sign and an
   * interval that excludes zero (`clear`); with the other sign and an interval that excludes zero (`against`).
   */
  differences: { all: number; agree: number; clear: number; against: number };
}

/** Compares a measured column with the paper's. @returns undefined where fewer than two rows have both numbers. */
export function agreementOf(column: ComparedColumn, paper: PaperTables["table2"]): Agreement | undefined {
  const { metric } = parseName(column.name);
  const printed = (row: string) => paperValue(paper, row, `pororo.${metric}`);
  const rows = Object.keys(paper.rows).filter((row) => column.rows.has(row) && printed(row) !== null);
  if (rows.length < 2) return undefined;
  const [expected, measured] = [rows.map((row) => printed(row)!), rows.map((row) => column.rows.get(row)!.mean)];
  const differences = rows.flatMap((row) => {
    const difference = column.toFull.get(row);
    return difference ? [{ difference, sign: Math.sign(printed(row)! - printed(fullModel)!) }] : [];
  });
  const agree = differences.filter(({ difference, sign }) => Math.sign(difference.mean) === sign);
  const nonZero = differences.filter(({ difference }) => excludesZero(difference));
  const clear = nonZero.filter((one) => agree.includes(one));
  return {
    rows: rows.length,
    spearman: spearman(expected, measured),
    kendall: kendall(expected, measured),
    differences: {
      all: differences.length,
      agree: agree.length,
      clear: clear.length,
      against: nonZero.length - clear.length,
    },
  };
}

export const table2: Figure = {
  name: "table-2",
  title: "Ablation of the dynamic blocks",
  sources: "evaluated runs of its rows (deno task ablation), and the paper's numbers",
  make({ runs, paper: { table2: paper } }) {
    const ablations = ablationOf(runs);
    const table: PrintedTable = {
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
        notComparable,
        ...ablations.flatMap((one) => notesOf(one, paper)),
        "Less full: the row less the full model, seed by seed.",
        ...intervalNotes(ablations),
      ],
    };
    return Promise.resolve({
      csv: from([...paperLines(paper), ...ablations.flatMap(measuredLines)]).toCSV(),
      table,
      left: leftOfGroups(runs, ablations.map(({ group }) => group), noTableRow),
    });
  },
};

function measuredHeads({ data }: Group, { name }: MeasuredColumn): Column[] {
  const group = `${data.title}, ${axisTitle(name)}`;
  return ["mean ± s.d. (n)", "less full [95 %]"].map((title) => ({ title, align: "right", group }));
}

function measuredCells(column: ComparedColumn, row: string): string[] {
  const one = column.rows.get(row);
  const difference = column.toFull.get(row);
  return [one ? meanInWords(one) : "", difference ? differenceInWords(difference) : ""];
}

/** A difference as text: `+0.52 [0.10, 0.93]`; a single seed has no interval, a star marks one that {@link remains}. */
function differenceInWords(difference: TableDifference): string {
  const { mean, low, high } = difference;
  const text = shortNumber(mean);
  const signed = /[1-9]/.test(text) && !text.startsWith("−") ? `+${text}` : text; // one that rounds to zero has no sign
  if (low === null || high === null) return signed;
  return `${signed} [${shortNumber(low)}, ${shortNumber(high)}]${remains(difference) ? "*" : ""}`;
}

/** The notes to a data set's columns: its runs, and the agreement of their order with the paper's. */
export function notesOf({ group, columns, notes }: Ablation, paper: PaperTables["table2"]): string[] {
  if (columns.length === 0) {
    return [...captionOf(group), ...notes, ...(notes.length > 0 ? [] : [notMeasured])];
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
        `${agree} of ${counted(all, "difference")} to the full model ${
          all === 1 ? "has" : "have"
        } the paper's sign (${clear} with an interval beside zero), ` +
        `and ${against} the other sign with an interval beside zero.`;
    }),
  ];
}

/** What the intervals of all differences are, and how many differences remain with Holm's correction. */
export function intervalNotes(ablations: Ablation[]): string[] {
  const tested = ablations.flatMap(({ columns }) => columns.flatMap(({ toFull }) => [...toFull.values()]))
    .filter(({ p }) => p !== null);
  if (tested.length === 0) return [];
  const beside = tested.filter(excludesZero).length;
  const left = tested.filter(remains).length;
  const smallest = Math.min(...tested.map(({ holm }) => holm!));
  return [
    "Intervals: 95 %, by Student's t over the differences of the seeds, each for one comparison. Of " +
    `${tested.length}, ${beside} ${beside === 1 ? "is" : "are"} beside zero; with Holm's correction for all of them ` +
    `${left} ${left === 1 ? "remains" : "remain"} at 5 % (*), and the smallest p is ${shortP(smallest)}.`,
  ];
}

const shortP = (p: number) => p < 0.001 ? "below 0.001" : String(Number(p.toPrecision(2)));

const coefficient = (value: number | undefined) => value === undefined ? "undefined" : shortNumber(value);

/** A line of table-2.csv; the last fields are the difference to the full model, with its number of seed pairs. */
type DifferenceField = "difference" | "low" | "high" | "p" | "p by Holm" | "pairs";
type Line = { row: string } & LineFields & Record<DifferenceField, number | null>;

function paperLines(paper: PaperTables["table2"]): Line[] {
  const noDifference = { difference: null, low: null, high: null, p: null, "p by Holm": null, pairs: null };
  return Object.keys(paper.rows).flatMap((row) =>
    paperFields(paper, row).map((line) => ({ row, ...line, ...noDifference }))
  );
}

function measuredLines({ group, columns }: Ablation): Line[] {
  return columns.flatMap((column) =>
    ablationRows.filter(({ label }) => column.rows.has(label)).map(({ label: row }) => {
      const difference = column.toFull.get(row);
      return {
        row,
        ...measuredFields(group, column.name, column.rows.get(row)!),
        difference: difference?.mean ?? null,
        low: difference?.low ?? null,
        high: difference?.high ?? null,
        p: difference?.p ?? null,
        "p by Holm": difference?.holm ?? null,
        pairs: difference?.n ?? null,
      };
    })
  );
}
