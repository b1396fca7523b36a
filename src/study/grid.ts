/** A study of your own from axes such as `model.db.g=both,none`: one axis varies one setting, several make a grid. */
import type { PresetName } from "../base/config.ts";
import { resolveConfig } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { checkLabel } from "../records/folder.ts";
import type { Study, StudyRow } from "./study.ts";

/**
 * Makes the rows of a grid from axes such as `["model.db.g=both,none", "model.db.tau=0.5,1"]`. A list is written as
 * JSON, e.g. `model.db.gSizes=[8,16],[16]` has two values.
 *
 * @returns one row for each combination, labelled by its settings; the first axis changes slowest.
 * @throws UserError for no axis, an axis without values, two axes of the same key, or an unknown key or value.
 */
export function gridRows(axes: string[]): StudyRow[] {
  if (axes.length === 0) fail('A grid needs at least one axis: deno task study --grid "model.db.g=both,none".');
  const parsed = axes.map((axis) => {
    const at = axis.indexOf("=");
    const values = at < 1 ? [] : splitValues(axis.slice(at + 1));
    if (values.length === 0 || values.includes("")) {
      fail(`Cannot read the axis "${axis}": write key=value,value, e.g. model.db.g=both,none.`);
    }
    return { key: axis.slice(0, at), values };
  });
  const twice = parsed.find(({ key }, i) => parsed.findIndex((axis) => axis.key === key) < i);
  if (twice) fail(`The key "${twice.key}" is in two axes; write all its values in one: ${twice.key}=value,value.`);
  const combinations = parsed.reduce<string[][]>(
    (rows, { key, values }) => rows.flatMap((row) => values.map((value) => [...row, `${key}=${value}`])),
    [[]],
  );
  for (const set of combinations) resolveConfig("tiny", set); // throws for unknown keys and values
  return combinations.map((set) => ({ label: set.join(" "), title: set.join(", "), set }));
}

/** Reads seeds such as `0,1,2` or `0-4`. @throws UserError for any other text, and for a seed that occurs twice. */
export function readSeeds(text: string): number[] {
  const seeds = text.split(",").flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ??
      fail(`Cannot read the seeds "${text}": write 0,1,2 or 0-4.`);
    const [low, high] = [Number(from), Number(to ?? from)];
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);
  });
  if (seeds.length === 0 || new Set(seeds).size < seeds.length) {
    fail(`Cannot use the seeds "${text}": at least one is needed, and each only once; write 0,1,2 or 0-4.`);
  }
  return seeds;
}

/**
 * Makes a study of all combinations of the axes' values; its baseline is the first combination.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gridStudy } from "./grid.ts";
 *
 * const study = gridStudy(["model.db.g=both,none", "model.db.tau=0.5,1"], [1, 2, 3], "tiny");
 * assertEquals(study.rows.length * study.seeds.length, 12); // runs
 * assertEquals(study.rows[1]!.set, ["model.db.g=both", "model.db.tau=1"]);
 * ```
 *
 * @param seeds Seeds of each combination's runs.
 * @param name Name of the folder of its results.
 * @throws UserError for axes that {@link gridRows} refuses, and a name that is no file name.
 */
export function gridStudy(axes: string[], seeds: number[], preset: PresetName, name = "grid"): Study {
  checkLabel(name);
  const rows = gridRows(axes);
  return { name, title: axes.join(" × "), question: "", preset, rows, seeds, baseline: rows[0]!.label };
}

/** Splits a text at the commas outside brackets and quotes. */
function splitValues(text: string): string[] {
  return (text.match(/(?:\[[^\]]*\]|"[^"]*"|[^,[\]"])+|(?<=,|^)(?=,|$)/g) ?? []).map((value) => value.trim());
}
