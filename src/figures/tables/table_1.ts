/**
 * Table 1: the systems. The paper's numbers on Pororo-SV and Abstract Scenes, this kit's parameter counts, and the
 * metrics of this kit's runs. The row of a system is filled as soon as it is in the registry and has evaluated runs.
 */
import { from } from "arquero";
import { flattenConfig } from "../../base/config.ts";
import { resolveConfig } from "../../model/config.ts";
import { UserError } from "../../base/errors.ts";
import { countNetworks, paperSystem } from "../../model/systems/mod.ts";
import type { RunRecord } from "../../records/read.ts";
import { fullModel } from "../../study/ablation_rows.ts";
import type { Figure } from "../figure.ts";
import { axisTitle, inMillions, meanInWords, setTitle } from "../labels.ts";
import {
  allBut,
  captionOf,
  type Group,
  groupRuns,
  leftOfGroups,
  type MeasuredColumn,
  measuredColumns,
  type Setting,
} from "../measured.ts";
import { type PaperTables, paperValue } from "../paper.ts";
import type { Column, PrintedTable } from "../render/text_table.ts";
import { ablationRowOf, systemTitle } from "../rows.ts";
import { type LineFields, measuredFields, noSeeds, notComparable, notMeasured, paperFields } from "./shared.ts";

/** Keys that each system sets for itself in a fair comparison: its networks, losses and optimiser. */
const ownKeys = /^(model\..*|loss\..*|train\.(learningRate[GD]|beta[12]|ema))$/;

/** The measured columns of Table 1 on one data set. */
export interface Comparison {
  group: Group;
  columns: MeasuredColumn[];
  notes: string[];
}

/** The settings that runs of different systems must share: all but `system` and, for peers, each system's own keys. */
const commonSettings: Setting = (config) => {
  const { system, preset }: { system: string; preset: string } = config;
  const usual = new Map(flattenConfig(resolveConfig(preset)));
  return allBut(/^system$/)(config).map(([key, value]) =>
    system !== paperSystem && ownKeys.test(key) ? [key, usual.get(key)] : [key, value]
  );
};

/** Runs of each system (of the paper's, its full model), one group for each data set, with their measured columns. */
export function comparisonOf(runs: RunRecord[]): Comparison[] {
  const system = ({ config }: RunRecord) =>
    config.system !== paperSystem || ablationRowOf(config) === fullModel ? config.system : undefined;
  const groups = groupRuns(runs, system, commonSettings);
  const alone = groups.length === 1;
  return groups.map((group) => ({ group, ...measuredColumns(group.runs, ["fid", "fsd", "cosine"], alone) }));
}

/**
 * Trainable parameters of a system's networks in the preset `paper`; undefined for a system that is not in the
 * registry.
 */
export function countsOf(system: string): { generator: number; discriminator: number } | undefined {
  try {
    return countNetworks(resolveConfig("paper", [`system=${system}`]));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

const networks = ["generator", "discriminator"] as const;
const letter: Record<string, string> = { generator: "G", discriminator: "D" };

export const table1: Figure = {
  name: "table-1",
  title: "Systems of story visualization",
  sources: "evaluated runs (deno task train, deno task evaluate RUN), and the paper's numbers",
  make({ runs, paper: { table1: paper } }) {
    const comparisons = comparisonOf(runs);
    const systems = Object.keys(paper.rows);
    const table: PrintedTable = {
      title: "Table 1: systems of story visualization",
      columns: [
        { title: "system", align: "left" },
        ...paper.columns.map(paperHead(paper)),
        ...networks.map((network) => ({
          title: `${letter[network]} (M) ↓`,
          align: "right" as const,
          group: "counted",
        })),
        ...comparisons.flatMap(({ group, columns }) => columns.map((column) => measuredHead(group, column))),
      ],
      rows: systems.map((system) => [
        systemTitle(system),
        ...paper.columns.map((column) => paperCell(column, paperValue(paper, system, column))),
        ...networks.map((network) => {
          const counts = countsOf(system);
          return counts ? inMillions(counts[network]) : "";
        }),
        ...comparisons.flatMap(({ columns }) =>
          columns.map(({ rows }) => {
            const one = rows.get(system);
            return one ? meanInWords(one) : "";
          })
        ),
      ]),
      notes: [
        notComparable,
        "G, D: learnt parameters of generator and discriminator, in millions; counted: our preset `paper`.",
        ...comparisons.flatMap(({ group, columns, notes }) => [
          ...captionOf(group),
          ...notes,
          ...(columns.length > 0 || notes.length > 0 ? [] : [notMeasured]),
        ]),
      ],
    };
    return Promise.resolve({
      csv: from([...paperLines(paper), ...countLines(systems), ...comparisons.flatMap(measuredLines)]).toCSV(),
      table,
      left: leftOfGroups(runs, comparisons.map(({ group }) => group), "not the full model"),
    });
  },
};

/** `pororo.fid` under `paper, Pororo-SV`, `generator.params` under `paper`. */
function paperHead(paper: PaperTables["table1"]): (column: string, i: number) => Column {
  return (column, i) => {
    const [of, metric] = column.split(".") as [string, string];
    const way = paper.better[i] === "lower" ? "↓" : "↑";
    if (metric === "params") return { title: `${letter[of]} (M) ${way}`, align: "right", group: "paper" };
    const title = metric === "cosine" ? "Cosine" : metric.toUpperCase();
    return { title: `${title} ${way}`, align: "right", group: `paper, ${setTitle(of)}` };
  };
}

function paperCell(column: string, value: number | null): string {
  if (value === null) return "";
  return column.endsWith(".params") ? inMillions(value) : value.toFixed(2);
}

function measuredHead({ data }: Group, { name }: MeasuredColumn): Column {
  return { title: axisTitle(name), align: "right", group: `${data.title}, mean ± s.d. (n)` };
}

/** A line of table-1.csv. */
type Line = { system: string } & LineFields;

function paperLines(paper: PaperTables["table1"]): Line[] {
  return Object.keys(paper.rows).flatMap((system) => paperFields(paper, system).map((line) => ({ system, ...line })));
}

function countLines(systems: string[]): Line[] {
  return systems.flatMap((system) => {
    const counts = countsOf(system);
    return networks.map((network) => ({
      system,
      source: "counted" as const,
      data: "",
      metric: `${network}.params`,
      better: "lower" as const,
      value: counts?.[network] ?? null,
      ...noSeeds,
    }));
  });
}

function measuredLines({ group, columns }: Comparison): Line[] {
  return columns.flatMap((column) =>
    [...column.rows.values()].map((one) => ({ system: one.row, ...measuredFields(group, column.name, one) }))
  );
}
