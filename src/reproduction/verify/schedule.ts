/** The steps at which a run must have written something, from its configuration alone. */
import type { Config } from "../../model/config.ts";
import { kindOf } from "../../runs/kinds/mod.ts";
import { outOfPatience } from "../../train/loop.ts";
import type { Best } from "../../train/recorder.ts";
import type { Status } from "../../records/status.ts";

/** Steps, in order, at which something must have been written. */
export interface Schedule {
  /** The step up to which the record is complete. */
  end: number;
  /** Steps that the configuration asks for in all. */
  steps: number;
  /** Lines of numbers in metrics.jsonl and timing.jsonl. */
  logged: number[];
  /** Lines of validation in metrics.jsonl; a checkpoint each. */
  validated: number[];
  /** Sample grids in samples/, of a run that has them. */
  drawn: number[];
  /** Name of the number that is lowest for the best checkpoint. */
  score: string;
}

/**
 * @param saved the last step of digests.json. A run under way, killed or failed counts as complete up to there.
 */
export function scheduleOf(
  config: Config,
  { kind, state, step }: Pick<Status, "kind" | "state" | "step">,
  saved: number,
) {
  const end = state === "finished" || state === "interrupted" ? step : saved;
  const { trainable, score } = kindOf(kind);
  const { steps, checkpoint, sample } = trainable(config).schedule(config);
  const regular = (every: number) => multiples(every, end, end === steps);
  return {
    end,
    steps,
    logged: end === 0 ? [] : [...new Set([1, ...regular(config.record.log)])],
    validated: regular(checkpoint),
    drawn: sample === undefined ? [] : regular(sample),
    score: score(config),
  } satisfies Schedule;
}

/** Multiples of `every` up to `end`, and the end itself where the run was complete there. */
function multiples(every: number, end: number, complete: boolean): number[] {
  const steps = Array.from({ length: Math.floor(end / every) }, (_, i) => (i + 1) * every);
  return complete && end % every !== 0 || end === 0 && complete ? [...steps, end] : steps;
}

/** The best checkpoint of training: the first one with the lowest score. */
export function bestOf(lines: { step: number; [name: string]: number }[], score: string): Best | undefined {
  let best: Best | undefined;
  for (const { step, [score]: value } of lines) {
    if (value !== undefined && (!best || value < best.score)) best = { step, score: value };
  }
  return best;
}

/** Whether a run ends at a step before its last because validation is out of patience. */
export function endsEarly(kind: Status["kind"], config: Config, step: number, best: Best | undefined): boolean {
  return outOfPatience(kindOf(kind).trainable(config).schedule(config), step, best);
}
