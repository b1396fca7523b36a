/** What Tables 1 and 2 share: the fields of their CSV lines, and notes. */
import type { MetricKind } from "../../metrics/names.ts";
import type { Aggregate } from "../../study/aggregate.ts";
import { kindOf } from "../labels.ts";
import type { Group } from "../measured.ts";
import { paperValue } from "../paper.ts";

/** Fields of a CSV line that both tables have, whatever its row is called. */
export interface LineFields {
  source: "paper" | "counted" | "measured";
  data: string;
  metric: string;
  better: MetricKind["better"];
  value: number | null;
  sd: number | null;
  n: number | null;
  seeds: string;
  runs: string;
}

/** The fields about seeds in a line that is not measured. */
export const noSeeds = { sd: null, n: null, seeds: "", runs: "" };

/** The paper's numbers in one row: a line for each column, such as `pororo.fid` or `generator.params`. */
export function paperFields(
  table: { columns: string[]; better: ("lower" | "higher")[]; rows: Record<string, (number | null)[]> },
  row: string,
): LineFields[] {
  return table.columns.map((column, i) => {
    const [of, name] = column.split(".") as [string, string];
    const [data, metric] = name === "params" ? ["", column] : [of, name];
    const value = paperValue(table, row, column);
    return { source: "paper", data, metric, better: table.better[i]!, value, ...noSeeds };
  });
}

/** A measured number: mean and standard deviation over seeds, with its runs. */
export function measuredFields(
  { data }: Group,
  metric: string,
  { mean, sd, n, seeds, values }: Aggregate,
): LineFields {
  return {
    source: "measured",
    data: `${data.name}:${data.digest.slice(0, 8)}`,
    metric,
    better: kindOf(metric).better,
    value: mean,
    sd: n === 1 ? null : sd,
    n,
    seeds: seeds.join(" "),
    runs: values.map(({ run }) => run).join(" "),
  };
}

export const notComparable =
  "Paper and measured numbers are of different data sets, networks and training, and are not to be compared.";
export const notMeasured = "None is measured on test yet: run `deno task evaluate RUN`.";
