/** Measured numbers as a table: one row a name, never two names in one cell. */
import { metrics, parseName } from "../../metrics/names.ts";
import type { Measurement } from "../../records/measurement.ts";
import { table } from "./table.ts";

/** What stands behind a name: which way is better. */
const arrows = { lower: "↓", higher: "↑", "near real": "≈ real" };

/** The table of an evaluation, in the order in which the numbers come. */
export function measurementTable(numbers: Record<string, Omit<Measurement, "name">>): string {
  const rows = Object.entries(numbers).map(([name, { value, interval, standardError, real, shuffled, stories }]) => {
    const { unit, better } = metrics[parseName(name).metric] ?? { unit: "", better: "near real" as const };
    const spread = interval
      ? `${rounded(interval.low)} to ${rounded(interval.high)}`
      : standardError !== undefined
      ? `± ${rounded(standardError)} (1 s.e.)`
      : "";
    return [
      `${name}${unit === "%" || unit === "" ? "" : ` ${unit}`} ${arrows[better]}`, // e.g. "kid[…].test ×1000 ↓"
      `${rounded(value)}${unit === "%" ? " %" : ""}`,
      spread,
      real === undefined ? "" : rounded(real),
      shuffled === undefined ? "" : rounded(shuffled),
      String(stories),
    ];
  });
  return table(["metric", "drawn", "95 %", "real", "shuffled", "stories"], rows, { dense: true });
}

/** Four digits, and never fewer than the decimal point has places before it. */
function rounded(value: number): string {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.max(Math.abs(value), 1))));
  return value.toFixed(Math.min(digits, 4));
}
