/**
 * Checks where a list ends. A list that was cut off reads like a shorter one: its last line may be a part of a sentence,
 * and all scenes after it seem to have none.
 */
import { counted } from "../../../base/text.ts";
import type { BadInput } from "../source.ts";
import { textLines } from "./text_lines.ts";

/** What the lines of a list are about. */
export interface Covered {
  /** "scene" or "set". */
  unit: string;
  /** Number of the last one that there is. */
  last: number;
  /** The number to which a line belongs; undefined for one without. */
  numberOf(text: string, line: number): number | undefined;
}

/** The number of a scene at the start of a line. */
export const sceneOf = (text: string): number | undefined => {
  const found = /^\s*(\d{1,9})(?=\s|$)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};

/**
 * Checks the end of a list.
 *
 * A list that stops far from its last scene in a line without line end is cut off, and that line is invalid input. One of
 * both alone is a warning.
 *
 * @returns the list, without a last line that was skipped as invalid
 * @throws UserError for a list that is cut off, unless invalid input is skipped
 */
export function checkEnd(
  bytes: Uint8Array,
  where: string,
  { unit, last, numberOf }: Covered,
  bad: BadInput,
): { bytes: Uint8Array; warnings: string[] } {
  const lines = textLines(bytes, where);
  while (lines.length > 0 && lines.at(-1)!.trim() === "") lines.pop();
  if (lines.length === 0) return { bytes, warnings: [] }; // refused by its reader
  const ended = bytes.at(-1) === 10 || bytes.at(-1) === 13;
  const whole = ended ? lines : lines.slice(0, -1);
  const covered = whole.reduce((most, text, line) => Math.max(most, numberOf(text, line) ?? -1), -1);
  const early = last - covered > Math.max(unit === "set" ? 1 : 10, last / 100);
  const until = covered < 0 ? `before the first ${unit}` : `at ${unit} ${covered} of 0 to ${last}`;
  const final = `line ${lines.length}, "${lines.at(-1)!.trim().slice(-40)}"`;
  if (!early) {
    return { bytes, warnings: ended ? [] : [`${where} has no line end after ${final}; check that it is whole`] };
  }
  if (ended) {
    return {
      bytes,
      warnings: [`${where} ends ${until}; if it should have more, replace it by the published file`],
    };
  }
  bad.drop(
    `${where} is cut off in ${final}, ${until} (${counted(bytes.length, "byte")}); replace it by the published file.`,
  );
  return { bytes: bytes.subarray(0, bytes.lastIndexOf(10) + 1), warnings: [] };
}

/** Reports a list that yields nothing. @throws UserError unless invalid input is skipped */
export function refuseEmpty(where: string, what: string, bad: BadInput): void {
  bad.drop(`${where} has no ${what}; replace it by the published file, or remove it to do without.`);
}
