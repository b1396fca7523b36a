/** The numbers of a run in the form that a plot needs: one row per point. */
import type { Line } from "./read.ts";

/** A point of a curve. */
export interface Point {
  step: number;
  name: string;
  value: number;
}

/**
 * The points of the curves whose names match, in the order of the lines. A line without a name gives no point for it.
 *
 * @param names exact names, or a pattern such as /^p_sa\./
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { Line } from "./read.ts";
 * import { series } from "./series.ts";
 *
 * const lines: Line[] = [{ step: 1, "loss.d": 2, "loss.g": 3 }, { step: 5, "loss.d": 4 }];
 * assertEquals(series(lines, ["loss.d"]), [
 *   { step: 1, name: "loss.d", value: 2 },
 *   { step: 5, name: "loss.d", value: 4 },
 * ]);
 * ```
 */
export function series(lines: Line[], names: string[] | RegExp): Point[] {
  const wanted = (name: string) => Array.isArray(names) ? names.includes(name) : names.test(name);
  return lines.flatMap(({ step, ...values }) =>
    Object.entries(values).filter(([name]) => wanted(name)).map(([name, value]) => ({ step, name, value }))
  );
}
