/** Scatter plots of measured runs: a metric against a cost. Used by `fid-parameters` and `fid-cost`. */
import type { RunRecord } from "../../records/read.ts";
import { ablationRows } from "../../study/ablation_rows.ts";
import { colourScale, shapeScale } from "./chart.ts";
import { missing } from "../figure.ts";
import { axisTitle, setTitle } from "../labels.ts";
import { type LeftOut, leftOut } from "../left_out.ts";
import { namesOf, otherProtocol, type Placed, seedsInWords, setsOf, settingInWords, sharedNames } from "../measured.ts";
import { noTableRow, rowOf, rowTitle } from "../rows.ts";

/** A run and its value under one metric name. */
export interface Dot {
  data: string;
  row: string;
  preset: string;
  seed: number;
  run: string;
  metric: string;
  value: number;
  /** 95 % bootstrap interval by stories. */
  low: number | null;
  high: number | null;
}

/** All runs of one data set with a value under one metric name; one panel. */
export interface Cloud {
  /** The title of the data set. */
  set: string;
  name: string;
  /** `x` is the cost. */
  dots: (Dot & { x: number })[];
}

/** Clouds, and notes for the caption. */
export interface Clouds {
  clouds: Cloud[];
  notes: string[];
  left: LeftOut[];
}

/**
 * Makes a cloud for each data set and each full name of a metric that all measured runs on the set share, of any
 * preset.
 *
 * @param metric E.g. `fid`.
 * @param cost Returns the cost of a run; runs without one are left out.
 * @throws MissingData where no run is measured.
 */
export function cloudsOf(runs: RunRecord[], metric: string, cost: (run: RunRecord) => number | undefined): Clouds {
  const placed: Placed[] = runs.flatMap((run) => {
    const row = rowOf(run.config);
    const measured = run.kind === "gan" && run.status.state === "finished" && Object.keys(run.measurements).length > 0;
    return measured && row !== undefined && cost(run) !== undefined ? [{ row, run }] : [];
  });
  const sets = setsOf(placed);
  const parts = sets.map(({ list, title }) => {
    const { data } = list[0]!.run;
    const { names, notes } = sharedNames(list.map(({ run }) => run), [metric], sets.length === 1);
    const clouds = names.map((name) => ({ set: title, name, dots: dotsOf(list, name, cost) }));
    const description = `Measured: data set ${setTitle(data.name)} ${data.digest.slice(0, 8)}, ` +
      `${settingInWords(list.map(({ run }) => run))}; ${seedsInWords(list)}${
        list.length > 1 ? ", whatever else was set" : ""
      }.`;
    const shown = list.filter(({ run }) => names.some((name) => name in run.measurements)).map(({ run }) => run);
    return { clouds, notes: [description, ...notes], shown };
  });
  const clouds = parts.flatMap((part) => part.clouds);
  if (clouds.length === 0) missing(`no run has a ${metric} on test: run \`deno task evaluate RUN\`.`);
  const left = leftOut(runs, parts.flatMap(({ shown }) => shown), (run) => {
    if (rowOf(run.config) === undefined) return noTableRow;
    if (namesOf(run, metric).length === 0) return `without a ${metric} on test`;
    return cost(run) === undefined ? "not timed" : otherProtocol;
  });
  return { clouds, notes: parts.flatMap((part) => part.notes), left };
}

function dotsOf(list: Placed[], name: string, cost: (run: RunRecord) => number | undefined): Cloud["dots"] {
  return list.flatMap(({ row, run }) => {
    const entry = run.measurements[name];
    if (!entry) return [];
    const { value, interval } = entry;
    const { config, data } = run;
    return [{
      data: `${data.name}:${data.digest.slice(0, 8)}`,
      row,
      preset: config.preset,
      seed: config.seed,
      run: run.name,
      x: cost(run)!,
      metric: name,
      value,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    }];
  });
}

/** The axis of a cost; logarithmic where it spans more than a factor of ten. */
export function costAxis(title: string, values: number[]) {
  const wide = Math.max(...values) > 10 * Math.min(...values);
  return {
    field: "x",
    type: "quantitative" as const,
    title,
    scale: wide ? { type: "log" as const, nice: true } : { zero: false, padding: 20 },
    axis: { tickCount: 4 },
  };
}

/** The panel of a cloud; colour and shape encode the row. */
export function cloudPanel({ set, name, dots }: Cloud, cost: string, size: { width: number; height: number }) {
  const values = dots.map((dot) => ({ ...dot, row: rowTitle(dot.row) }));
  const known = ablationRows.map(({ title }) => title);
  const rows = [...known, ...new Set(values.map(({ row }) => row).filter((row) => !known.includes(row)))]
    .filter((row) => values.some((dot) => dot.row === row));
  const axes = {
    x: costAxis(cost, values.map(({ x }) => x)),
    color: { field: "row", type: "nominal" as const, title: "row", scale: colourScale(rows) },
  };
  const y = {
    type: "quantitative" as const,
    title: [`measured, ${set}:`, axisTitle(name)],
    scale: { zero: false },
    axis: { tickCount: 5 },
  };
  return {
    ...size,
    data: { values },
    layer: [
      {
        mark: { type: "rule" as const, opacity: 0.5 },
        encoding: { ...axes, y: { ...y, field: "low" }, y2: { field: "high" } },
      },
      {
        mark: { type: "point" as const, size: 45 },
        encoding: {
          ...axes,
          y: { ...y, field: "value" },
          shape: { field: "row", type: "nominal" as const, title: "row", scale: shapeScale(rows) },
        },
      },
    ],
  };
}
