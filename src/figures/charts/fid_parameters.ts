/** FID against the generator's parameters: the paper's systems, and every measured run. */
import { from } from "arquero";
import { countNetworks } from "../../model/systems/mod.ts";
import type { RunRecord } from "../../records/read.ts";
import { titled } from "./chart.ts";
import type { Figure } from "../figure.ts";
import { setTitle } from "../labels.ts";
import { type PaperTables, paperValue } from "../paper.ts";
import { cloudPanel, cloudsOf, costAxis } from "./scatter.ts";
import { ink } from "../render/theme.ts";
import { systemTitle } from "../rows.ts";

const size = { width: 230, height: 220 };
const cost = "learnt parameters of the generator, millions";

/** Trainable parameters of a run's generator, in millions. */
export function generatorMillions({ config }: RunRecord): number {
  return countNetworks(config).generator / 1e6;
}

export const fidParameters: Figure = {
  name: "fid-parameters",
  title: "FID against parameters",
  sources: "evaluated runs (deno task evaluate RUN), and the paper's numbers",
  make({ runs, paper: { table1: paper } }) {
    const { clouds, notes, left } = cloudsOf(runs, "fid", generatorMillions);
    const sets = ["pororo", "abstract"];
    const panels = [
      ...sets.map((set) => paperPanel(paper, set)),
      ...clouds.map((cloud) => cloudPanel(cloud, cost, size)),
    ];
    return Promise.resolve({
      left,
      csv: from([
        ...sets.flatMap((set) => paperDots(paper, set)),
        ...clouds.flatMap(({ dots }) => dots.map((dot) => ({ source: "measured", ...dot }))),
      ].map(({ x, ...dot }) => ({ ...dot, "generator, millions": x }))).toCSV(),
      spec: {
        title: titled("FID against the generator's parameters; lower left is better", [
          "Paper and measured numbers are of different data sets, networks and training; each panel has its own scales.",
          ...notes,
          "Bars: 95 % bootstrap intervals by stories.",
        ], 720),
        columns: 3,
        concat: panels,
      },
    });
  },
};

/** The paper's systems on one data set, as lines of the CSV. */
function paperDots(paper: PaperTables["table1"], set: string) {
  return Object.keys(paper.rows).flatMap((row) => {
    const [value, count] = [paperValue(paper, row, `${set}.fid`), paperValue(paper, row, "generator.params")];
    if (value === null || count === null) return [];
    const none = { preset: "paper", seed: null, run: "", metric: "fid", low: null, high: null };
    return [{ source: "paper", data: set, row, ...none, value, x: count / 1e6 }];
  });
}

function paperPanel(paper: PaperTables["table1"], set: string) {
  const dots = paperDots(paper, set).map(({ row, value, x }) => ({ row: systemTitle(row), value, x }));
  const values = dots.map((dot) => ({ ...dot, below: crowdedAbove(dot, dots) }));
  const encoding = {
    x: costAxis(cost, values.map(({ x }) => x)),
    y: {
      field: "value",
      type: "quantitative" as const,
      title: [`paper, ${setTitle(set)}:`, "FID ↓"],
      scale: { zero: false, padding: 15 },
      axis: { tickCount: 5 },
    },
  };
  return {
    ...size,
    data: { values },
    layer: [
      { mark: { type: "point" as const, shape: "diamond", color: ink, size: 60 }, encoding },
      ...[false, true].map((below) => ({
        transform: [{ filter: `datum.below === ${below}` }],
        mark: { type: "text" as const, dy: below ? 12 : -11, fontSize: 10, color: ink },
        encoding: { ...encoding, text: { field: "row" } },
      })),
    ],
  };
}

/** Whether another dot is so close above that the label must be below the dot. */
function crowdedAbove(dot: { x: number; value: number }, dots: { x: number; value: number }[]): boolean {
  const span = (values: number[]) => Math.max(...values) - Math.min(...values);
  const [wide, high] = [span(dots.map(({ x }) => x)), span(dots.map(({ value }) => value))];
  return dots.some((other) =>
    other.value > dot.value && other.value - dot.value < high / 10 && Math.abs(other.x - dot.x) < wide / 4
  );
}
