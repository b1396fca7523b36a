/** What runs have learned by step: every metric of their kept checkpoints, beside real frames and text-blind scores. */
import { from } from "arquero";
import { metrics, parseName } from "../../metrics/names.ts";
import type { RunRecord } from "../../records/read.ts";
import { type Figure, missing } from "../figure.ts";
import { axisTitle, setTitle } from "../labels.ts";
import { leftOut } from "../left_out.ts";
import { settingInWords } from "../measured.ts";
import { colours } from "../render/theme.ts";
import { dotted, titled } from "./chart.ts";

const panel = { width: 250, height: 140 };
const width = 3 * panel.width + 120;
/** The lines beside those of the runs; `blind` frames are compared with the scenes or sentences of other stories. */
const real = "real frames";
const blind = "drawn frames, text of other stories";

/** A line of learning-curve.csv. */
interface Point {
  run: string;
  metric: string;
  /** The run, {@link real} or {@link blind}. */
  line: string;
  step: number;
  value: number;
  low: number | null;
  high: number | null;
  stories: number;
}

export const learningCurve: Figure = {
  name: "learning-curve",
  title: "What a run has learned by step",
  sources: "runs with kept checkpoints (deno task train record.keep=true, deno task evaluate RUN --checkpoint kept)",
  make({ runs }) {
    const shown = runs.filter(({ curve }) => curve.length > 0);
    if (shown.length === 0) {
      missing(
        "no run has numbers of kept checkpoints: run `deno task train record.keep=true`, then " +
          "`deno task evaluate RUN --checkpoint kept`.",
      );
    }
    const points = shown.flatMap(pointsOf);
    const lines = [...shown.map(({ name }) => name), real, blind];
    const names = [...new Set(points.map(({ metric }) => metric))].sort((a, b) => rankOf(a) - rankOf(b));
    const stories = [...new Set(points.map(({ stories }) => stories))];
    return Promise.resolve({
      left: leftOut(runs, shown, () => "without numbers of kept checkpoints"),
      csv: from(points).toCSV(),
      spec: {
        title: titled("What a run has learned by step", [
          ...shown.map((run) => `${run.name}: data set ${setTitle(run.data.name)}, ${settingInWords([run])}.`),
          `Each point: a kept checkpoint, on ${
            stories.join(" or ")
          } stories; bands: 95 % intervals, where they were taken.`,
        ], width),
        columns: 3,
        concat: names.map((name) => panelOf(points.filter(({ metric }) => metric === name), name, lines)),
      },
    });
  },
};

/** The place of a metric in the table of an evaluation. */
const rankOf = (name: string) => Object.keys(metrics).indexOf(parseName(name).metric);

function pointsOf({ name: run, curve }: RunRecord): Point[] {
  return curve.flatMap(({ name: metric, checkpoint: { step }, value, interval, real: ofReal, shuffled, stories }) => {
    const bare = { run, metric, step, low: null, high: null, stories };
    return [
      { ...bare, line: run, value, low: interval?.low ?? null, high: interval?.high ?? null },
      ...(ofReal === undefined ? [] : [{ ...bare, line: real, value: ofReal }]),
      ...(shuffled === undefined ? [] : [{ ...bare, line: blind, value: shuffled }]),
    ];
  });
}

function panelOf(values: Point[], name: string, lines: string[]) {
  const x = { field: "step", type: "quantitative" as const, title: "steps", axis: { tickCount: 5 } };
  const range = [...lines.slice(0, -2).map((_, i) => colours[i % colours.length]!), "#555555", "#999999"];
  const color = { field: "line", type: "nominal" as const, title: null, scale: { domain: lines, range } };
  const dashes = [...lines.slice(0, -2).map(() => [1, 0]), [6, 3], [2, 2]];
  const strokeDash = { field: "line", type: "nominal" as const, title: null, scale: { domain: lines, range: dashes } };
  const y = (field: string) => ({
    field,
    type: "quantitative" as const,
    title: axisTitle(name),
    scale: { zero: false },
    axis: { tickCount: 5 },
  });
  const detail = { field: "run", type: "nominal" as const };
  const points = dotted(values.map(({ run, line }) => `${run} ${line}`));
  return {
    ...panel,
    data: { values },
    layer: [
      {
        transform: [{ filter: "isValid(datum.low)" }],
        mark: { type: "area" as const, opacity: 0.2 },
        encoding: { x, y: y("low"), y2: { field: "high" }, color, detail },
      },
      {
        mark: { type: "line" as const, strokeWidth: 1.6, ...points },
        encoding: { x, y: y("value"), color, strokeDash, detail },
      },
    ],
  };
}
