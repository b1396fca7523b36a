/**
 * Table 1: the systems. The paper's numbers on Pororo-SV and Abstract Scenes; beside them our own parameter counts and what
 * runs of this kit were measured at. A system's row fills by itself once it can be trained and runs of it are evaluated.
 */
import { from } from "arquero";
import { flattenConfig } from "../../base/config.ts";
import { resolveConfig } from "../../model/config.ts";
import { UserError } from "../../base/errors.ts";
import { countNetworks } from "../../model/systems/mod.ts";
import type { RunRecord } from "../../records/read.ts";
import type { Figure } from "../figure.ts";
import { anyRowOf, axisTitle, inMillions, meanInWords, setTitle, systemTitle } from "../labels.ts";
import {
  allBut,
  captionOf,
  type Group,
  groupRuns,
  type MeasuredColumn,
  measuredColumns,
  measuredFields,
  type Setting,
} from "../measured.ts";
import { type PaperTables, paperValue } from "../paper.ts";
import type { Column, Printed } from "./text_table.ts";

/** What a system may set for itself without being trained on other terms: its networks, its losses, its optimiser. */
const ownKeys = /^(model\..*|loss\..*|train\.(learningRate[GD]|beta[12]|ema))$/;

/** The measured side of Table 1 on one data set. */
export interface Comparison {
  group: Group;
  columns: MeasuredColumn[];
  notes: string[];
}

/** What systems share: all but their name, and for peers what a system sets for itself, which stays at the preset's. */
const terms: Setting = (config) => {
  const { system, preset } = config;
  const usual = new Map(flattenConfig(resolveConfig(preset)));
  return allBut(/^system$/)(config).map(([key, value]) =>
    system !== "ours" && ownKeys.test(key) ? [key, usual.get(key)] : [key, value]
  );
};

/** Full runs of each system, one group a data set, and what they were measured at. */
export function comparisonOf(runs: RunRecord[]): Comparison[] {
  const system = ({ config }: RunRecord) => anyRowOf(config) === config.system ? config.system : undefined;
  return groupRuns(runs, system, terms)
    .map((group) => ({ group, ...measuredColumns(group.runs, ["fid", "fsd", "cosine"]) }));
}

/** Learnt parameters of a system's networks in the preset `paper`; undefined while the kit cannot train it. */
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
  needs: "evaluated runs (deno task train, deno task evaluate RUN), and the paper's numbers",
  make({ runs, paper: { table1: paper } }) {
    const comparisons = comparisonOf(runs);
    const systems = Object.keys(paper.rows);
    const table: Printed = {
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
        "Paper and measured numbers are of different data sets, networks and training, and are not to be compared.",
        "G, D: learnt parameters of generator and discriminator, in millions; counted: our preset `paper`.",
        ...comparisons.flatMap(({ group, columns, notes }) => [
          ...captionOf(group),
          ...notes,
          ...(columns.length > 0 ? [] : ["None is measured on test yet: run `deno task evaluate RUN`."]),
        ]),
      ],
    };
    return Promise.resolve({
      csv: from([...paperLines(paper), ...countLines(systems), ...comparisons.flatMap(measuredLines)]).toCSV(),
      table,
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
  return { title: axisTitle(name), align: "right", group: `${setTitle(data.name)}, mean ± s.d. (n)` };
}

/** A line of table-1.csv. */
interface Line {
  system: string;
  source: "paper" | "counted" | "measured";
  data: string;
  metric: string;
  better: string;
  value: number | null;
  sd: number | null;
  n: number | null;
  seeds: string;
  runs: string;
}

const single = { sd: null, n: null, seeds: "", runs: "" };

function paperLines(paper: PaperTables["table1"]): Line[] {
  return Object.keys(paper.rows).flatMap((system) =>
    paper.columns.map((column, i) => {
      const [of, name] = column.split(".") as [string, string];
      const [data, metric] = name === "params" ? ["", column] : [of, name];
      const value = paperValue(paper, system, column);
      return { system, source: "paper" as const, data, metric, better: paper.better[i]!, value, ...single };
    })
  );
}

function countLines(systems: string[]): Line[] {
  return systems.flatMap((system) => {
    const counts = countsOf(system);
    return networks.map((network) => ({
      system,
      source: "counted" as const,
      data: "",
      metric: `${network}.params`,
      better: "lower",
      value: counts?.[network] ?? null,
      ...single,
    }));
  });
}

function measuredLines({ group, columns }: Comparison): Line[] {
  return columns.flatMap((column) =>
    [...column.rows.values()].map((of) => ({ system: of.row, ...measuredFields(group, column.name, of) }))
  );
}
