/** What readers see for the keys of systems, rows, data sets and numbers. */
import { type MetricKind, metrics, parseName } from "../metrics/names.ts";
import type { Aggregate } from "../study/aggregate.ts";
import { ablationRows, rowOf } from "../study/ablation_rows.ts";
import type { Config } from "../model/config.ts";

/** The systems of Table 1 as the paper writes them. */
const systems: Record<string, string> = {
  storygan: "StoryGAN",
  "cp-csv": "CP-CSV",
  duco: "DUCO",
  vlc: "VLC",
  ours: "Ours",
};

const sets: Record<string, string> = { pororo: "Pororo-SV", abstract: "Abstract Scenes" };

export const systemTitle = (name: string): string => systems[name] ?? name;
export const setTitle = (name: string): string => sets[name] ?? name;

/** A row of Table 2, or a system. */
export function rowTitle(row: string): string {
  return ablationRows.find(({ label }) => label === row)?.title ?? systemTitle(row);
}

/** The row of Table 2 that a run is, or its system; undefined for a mix of blocks that is in no table. */
export function anyRowOf(config: Config): string | undefined {
  return config.system === "ours" ? rowOf(config) : config.system;
}

/** What a metric's name means; a name of another kit's metric is shown as it is. */
export function kindOf(name: string): MetricKind {
  const { metric } = parseName(name);
  return metrics[metric] ?? { title: metric, better: "near real", unit: "" };
}

/** An axis of a measured number: its full name, unit and which way is better, e.g. `kid[…].test ×1000 ↓`. */
export function axisTitle(name: string): string {
  const { better, unit } = kindOf(name);
  return `${name}${unit === "" ? "" : ` ${unit}`} ${arrow[better]}`;
}

/** Which way is better, as one sign. */
export const arrow = { lower: "↓", higher: "↑", "near real": "≈ real" };

/** Four digits, and never fewer than the decimal point has places before it. */
export function shortNumber(value: number): string {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.max(Math.abs(value), 1))));
  return value.toFixed(Math.min(digits, 2)).replace("-", "−");
}

/** Learnt parameters in millions: `25.1`; below one million with two decimals. */
export function inMillions(count: number): string {
  return (count / 1e6).toFixed(count < 1e6 ? 2 : 1);
}

/** `4.36 ± 0.10 (3)`; a single run has no spread. */
export function meanInWords({ mean, sd, n }: Aggregate): string {
  return n === 1 ? `${shortNumber(mean)} (1)` : `${shortNumber(mean)} ± ${shortNumber(sd)} (${n})`;
}
