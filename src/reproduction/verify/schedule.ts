/** What a run must have written by its last step, which its configuration alone tells. */
import type { Config } from "../../base/config.ts";
import { classifierCheckpointEvery, classifierOutOfPatience } from "../../train/classifier.ts";
import { damsmCheckpointEvery, outOfPatience } from "../../train/damsm.ts";
import type { Best } from "../../train/recorder.ts";
import type { Status } from "../../records/status.ts";
import { chosenBy } from "../../runs/validation.ts";

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
  /** Grids in samples/, of a run that draws. */
  drawn: number[];
  /** The number that the best checkpoint has the lowest of. */
  score: string;
}

/**
 * @param saved the last step of digests.json. A run under way, killed or failed is held to be complete up to there.
 */
export function scheduleOf(
  config: Config,
  { kind, state, step }: Pick<Status, "kind" | "state" | "step">,
  saved: number,
) {
  const end = state === "finished" || state === "interrupted" ? step : saved;
  const steps = { gan: config.train, damsm: config.text, classifier: config.classifier }[kind].steps;
  const every = {
    gan: config.record.checkpoint,
    damsm: damsmCheckpointEvery(config),
    classifier: classifierCheckpointEvery(config),
  }[kind];
  const regular = (every: number) => multiples(every, end, end === steps);
  return {
    end,
    steps,
    logged: end === 0 ? [] : [...new Set([1, ...regular(config.record.log)])],
    validated: regular(every),
    drawn: kind === "gan" ? regular(config.record.sample) : [],
    score: { gan: chosenBy, damsm: "loss.damsm.val", classifier: "loss.classifier.val" }[kind],
  } satisfies Schedule;
}

/** Multiples of `every` up to `end`, and the end itself where the run was complete there. */
function multiples(every: number, end: number, complete: boolean): number[] {
  const steps = Array.from({ length: Math.floor(end / every) }, (_, i) => (i + 1) * every);
  return complete && end % every !== 0 || end === 0 && complete ? [...steps, end] : steps;
}

/** The checkpoint that training held for the best: the first of those with the lowest score. */
export function bestOf(lines: { step: number; [name: string]: number }[], score: string): Best | undefined {
  let best: Best | undefined;
  for (const { step, [score]: value } of lines) {
    if (value !== undefined && (!best || value < best.score)) best = { step, score: value };
  }
  return best;
}

/** Whether a run of some kind ends at a step before its last because validation found nothing better. */
export function endsEarly(kind: Status["kind"], config: Config, step: number, best: Best | undefined): boolean {
  if (kind === "gan") return false;
  return (kind === "damsm" ? outOfPatience : classifierOutOfPatience)(config, step, best);
}
