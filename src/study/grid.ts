/** A study from the command line: `model.db.g=both,none` varies one setting, several such make a grid. */
import type { PresetName } from "../base/config.ts";
import { resolveConfig } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import type { Row } from "./ablation_rows.ts";
import type { Study } from "./studies.ts";

/**
 * Reads axes such as `["model.db.g=both,none", "model.db.tau=0.5,1"]`; a value with commas of its own is written as
 * JSON, e.g. `model.db.gSizes=[8,16],[16]`.
 *
 * @returns a row for each combination, labelled by its settings; the first axis changes slowest.
 * @throws UserError for an axis without values, twice the same key, or an unknown key or value.
 */
export function gridRows(axes: string[]): Row[] {
  if (axes.length === 0) fail('A study varies something: --grid "model.db.g=both,none".');
  const parsed = axes.map((axis) => {
    const at = axis.indexOf("=");
    const values = at < 1 ? [] : splitValues(axis.slice(at + 1));
    if (values.length === 0 || values.includes("")) {
      fail(`Cannot read the axis "${axis}": write key=value,value, e.g. model.db.g=both,none.`);
    }
    return { key: axis.slice(0, at), values };
  });
  const twice = parsed.find(({ key }, i) => parsed.findIndex((axis) => axis.key === key) < i);
  if (twice) fail(`"${twice.key}" stands in two axes; write all its values in one.`);
  const combinations = parsed.reduce<string[][]>(
    (rows, { key, values }) => rows.flatMap((row) => values.map((value) => [...row, `${key}=${value}`])),
    [[]],
  );
  for (const set of combinations) resolveConfig("tiny", set); // refuses what is no setting
  return combinations.map((set) => ({ label: set.join(" "), title: set.join(", "), set }));
}

/** Seeds from `0,1,2` or `0-4`. @throws UserError for anything else, or a seed that stands there twice. */
export function readSeeds(text: string): number[] {
  const seeds = text.split(",").flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ??
      fail(`Cannot read the seeds "${text}": write 0,1,2 or 0-4.`);
    const [low, high] = [Number(from), Number(to ?? from)];
    return Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);
  });
  if (seeds.length === 0 || new Set(seeds).size < seeds.length) {
    fail(`The seeds "${text}" must be some numbers, each once: write 0,1,2 or 0-4.`);
  }
  return seeds;
}

/** A study of one's own. */
export function gridStudy(axes: string[], seeds: number[], preset: PresetName, name = "grid"): Study {
  const rows = gridRows(axes);
  return { name, title: axes.join(" × "), question: "", preset, rows, seeds, baseline: rows[0]!.label };
}

/** Splits at commas that stand in no brackets or quotes. */
function splitValues(text: string): string[] {
  return (text.match(/(?:\[[^\]]*\]|"[^"]*"|[^,[\]"])+|(?<=,|^)(?=,|$)/g) ?? []).map((value) => value.trim());
}
