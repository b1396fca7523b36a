/** Numbers of a run's record as a plot wants them: one row a point. */
import type { Line } from "./read.ts";

/** A point of a curve. */
export interface Point {
  step: number;
  name: string;
  value: number;
}

/**
 * The points of the curves whose names match, in the order of the lines; a line that lacks a name has no point of it.
 *
 * @param names exact names, or a pattern such as /^p_sa\./
 */
export function series(lines: Line[], names: string[] | RegExp): Point[] {
  const wanted = (name: string) => Array.isArray(names) ? names.includes(name) : names.test(name);
  return lines.flatMap(({ step, ...values }) =>
    Object.entries(values).filter(([name]) => wanted(name)).map(([name, value]) => ({ step, name, value }))
  );
}
