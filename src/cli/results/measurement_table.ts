/** Measured numbers as a table with a row for each name. */
import { fixed } from "../../base/text.ts";
import { metrics, parseName } from "../../metrics/names.ts";
import type { Measurement } from "../../records/measurement.ts";
import { arrows } from "../common/arrows.ts";
import { table } from "../common/table.ts";

/** The table of an evaluation, in the order of the given numbers; notes stand below it, by the number beside the value. */
export function measurementTable(numbers: Record<string, Omit<Measurement, "name">>): string {
  const notes = [...new Set(Object.values(numbers).flatMap(({ note }) => note ?? []))];
  const rows = Object.entries(numbers).map(([name, measurement]) => {
    const { value, interval, standardError, real, shuffled, stories, note } = measurement;
    const { unit, better } = metrics[parseName(name).metric] ?? { unit: "", better: "near real" as const };
    const spread = interval
      ? `${rounded(interval.low)} to ${rounded(interval.high)}`
      : standardError !== undefined
      ? `± ${rounded(standardError)} (1 s.e.)`
      : "";
    return [
      `${name}${unit === "%" || unit === "" ? "" : ` ${unit}`} ${arrows[better]}`, // e.g. "kid[…].test ×1000 ↓"
      `${rounded(value)}${unit === "%" ? " %" : ""}${note === undefined ? "" : ` [${notes.indexOf(note) + 1}]`}`,
      spread,
      real === undefined ? "" : rounded(real),
      shuffled === undefined ? "" : rounded(shuffled),
      String(stories),
    ];
  });
  const shown = table(["metric", "generated", "95 %", "real", "shuffled", "stories"], rows, { dense: true });
  return [shown, ...notes.map((note, i) => `[${i + 1}] ${note}`)].join("\n");
}

/** Four digits; larger numbers keep all digits before the decimal point. */
function rounded(value: number): string {
  const digits = Math.max(0, 3 - Math.floor(Math.log10(Math.max(Math.abs(value), 1))));
  return fixed(value, Math.min(digits, 4));
}
