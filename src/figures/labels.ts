/** Titles and number formats for readers: data sets, metrics, axes, values. */
import { counted, fixed } from "../base/text.ts";
import { type MetricKind, metrics, parseName } from "../metrics/names.ts";
import type { RunRecord } from "../records/read.ts";
import type { Aggregate } from "../study/aggregate.ts";

const sets: Record<string, string> = { pororo: "Pororo-SV", abstract: "Abstract Scenes" };

/** The title of a data set, as the paper writes it where it has one. */
export const setTitle = (name: string): string => sets[name] ?? name;

/** The title of a data set beside others; two sets of one name, as of different options, are told apart by digest. */
export function titleAmong({ name, digest }: DataSet, sets: DataSet[]): string {
  const twice = sets.some((other) => other.name === name && other.digest !== digest);
  return twice ? `${setTitle(name)} ${digest.slice(0, 8)}` : setTitle(name);
}

type DataSet = Pick<RunRecord["data"], "name" | "digest">;

/** Title, direction and unit of a metric; a metric that the kit does not know has its name for a title. */
export function kindOf(name: string): MetricKind {
  const { metric } = parseName(name);
  return metrics[metric] ?? { title: metric, better: "near real", unit: "" };
}

/** The title of a metric's axis or column: full name, unit and better direction, e.g. `kid[…].test ×1000 ↓`. */
export function axisTitle(name: string): string {
  const { better, unit } = kindOf(name);
  return `${name}${unit === "" ? "" : ` ${unit}`} ${arrow[better]}`;
}

/** The better direction as a short sign. */
export const arrow = { lower: "↓", higher: "↑", "near real": "≈ real", neither: "↕" };

/** A number with four significant digits, at most two decimals, and all digits of its integer part. */
export function shortNumber(value: number): string {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.max(Math.abs(value), 1))));
  return fixed(value, Math.min(digits, 2)).replace("-", "−");
}

/** A number of parameters in millions: `25.1`; below one million with two decimals. */
export function inMillions(count: number): string {
  return (count / 1e6).toFixed(count < 1e6 ? 2 : 1);
}

/** Mean ± standard deviation (number of runs), e.g. `4.36 ± 0.10 (3)`; a single run has no deviation. */
export function meanInWords({ mean, sd, n }: Aggregate): string {
  return n === 1 ? `${shortNumber(mean)} (1)` : `${shortNumber(mean)} ± ${shortNumber(sd)} (${n})`;
}

/** The machine and engine of a run, e.g. `AMD EPYC, xla, 2 threads`. */
export function machineOf({ environment: { cpu, engine } }: RunRecord): string {
  const gpu = engine.devices.find((name) => /cuda|gpu/i.test(name));
  return `${gpu ?? cpu}, ${engine.name}, ${counted(engine.threads, "thread")}`;
}
