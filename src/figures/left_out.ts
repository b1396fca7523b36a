/** Which runs a figure does not show, and why: no run is passed over without a word. */
import type { RunRecord } from "../records/read.ts";

/** A run that a figure does not show. */
export interface LeftOut {
  run: RunRecord;
  /** A few words: `not finished`. */
  reason: string;
}

/**
 * The runs of models that are not among the shown ones. Runs of text encoders and classifiers are in no figure.
 *
 * @param reason Returns why a finished run is not shown.
 */
export function leftOut(runs: RunRecord[], shown: RunRecord[], reason: (run: RunRecord) => string): LeftOut[] {
  return runs.filter((run) => run.kind === "gan" && !shown.includes(run))
    .map((run) => ({ run, reason: run.status.state === "finished" ? reason(run) : "not finished" }));
}

/**
 * The runs by reason: `not finished: 0003-ours-tiny-clipart, 0004-…`.
 *
 * @param nameOf Returns how a run is called.
 * @param most The number of runs of one reason that are named; a number stands for the others.
 */
export function leftInWords(
  left: LeftOut[],
  nameOf: (run: RunRecord) => string = ({ name }) => name,
  most = Infinity,
): string[] {
  return [...Map.groupBy(left, ({ reason }) => reason)].map(([reason, list]) => {
    const names = list.map(({ run }) => nameOf(run));
    if (names.length <= most) return `${reason}: ${names.join(", ")}`;
    return `${reason}: ${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
  });
}
