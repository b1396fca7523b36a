/**
 * Do frames show what they should? F1 of the objects that a classifier sees in them, and the share of frames in which it
 * sees exactly the right ones (Maharana et al., 2021, for the characters of Pororo-SV).
 *
 * Counts are kept by story, as a story is the unit that a bootstrap resamples. Probabilities are rounded once, here.
 */

/** What was seen and what was there, counted over the T frames of each of S stories. */
export interface TargetCounts {
  /** Names of the K objects. */
  targets: string[];
  /** T */
  frames: number;
  /** Frames with the object, in which it was seen; [S·K] like the next two. */
  truePositives: Uint32Array;
  /** Frames without the object, in which it was seen. */
  falsePositives: Uint32Array;
  /** Frames with the object, in which it was not seen. */
  falseNegatives: Uint32Array;
  /** Frames in which all objects are right; [S]. */
  exact: Uint32Array;
}

/** How well one object is seen. A share of nothing, such as the precision of what is never seen, is NaN. */
export interface TargetScore {
  target: string;
  /** Frames that have it. */
  frames: number;
  precision: number;
  recall: number;
  f1: number;
}

/** Shares in [0, 1]; NaN where there was nothing to see and nothing was seen. */
export interface ObjectScores {
  /** F1 of all objects together: of true and false positives and negatives summed over objects. */
  micro: number;
  /** Mean F1 over the objects that stand in at least one of the frames. */
  macro: number;
  /** Share of frames in which all objects are right. */
  exact: number;
  targets: TargetScore[];
  /** Objects that stand in none of the frames, and so not in `macro`; seeing one still counts against `micro`. */
  absent: string[];
}

/** A probability of at least this much counts as seen. */
const threshold = 0.5;

/**
 * Compares what a classifier sees with what is there.
 *
 * @param probabilities [S·T·K], as the classifier gives them, not rounded
 * @param truth 0 or 1, [S·T·K]
 */
export function countTargets(
  { targets, frames }: { targets: string[]; frames: number },
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
): TargetCounts {
  const [K, T] = [targets.length, frames];
  const S = truth.length / (T * K);
  if (!Number.isInteger(S) || probabilities.length !== truth.length) {
    throw new RangeError(`${probabilities.length} probabilities and ${truth.length} truths for ${T} frames of ${K}`);
  }
  const counts: TargetCounts = {
    targets,
    frames,
    truePositives: new Uint32Array(S * K),
    falsePositives: new Uint32Array(S * K),
    falseNegatives: new Uint32Array(S * K),
    exact: new Uint32Array(S),
  };
  for (let frame = 0; frame < S * T; frame++) {
    const story = Math.floor(frame / T);
    let wrong = 0;
    for (let k = 0; k < K; k++) {
      const seen = probabilities[frame * K + k]! >= threshold;
      const there = truth[frame * K + k]! > 0;
      if (seen !== there) wrong++;
      if (!seen && !there) continue;
      const list = there ? seen ? counts.truePositives : counts.falseNegatives : counts.falsePositives;
      list[story * K + k]!++;
    }
    if (wrong === 0) counts.exact[story]!++;
  }
  return counts;
}

/**
 * Scores of some stories, by default of each once.
 *
 * @param stories their numbers; one may stand there several times, as in a bootstrap's resample
 */
export function objectScores(counts: TargetCounts, stories?: ArrayLike<number>): ObjectScores {
  const K = counts.targets.length;
  const S = stories?.length ?? counts.exact.length;
  const sums = {
    truePositives: new Float64Array(K),
    falsePositives: new Float64Array(K),
    falseNegatives: new Float64Array(K),
  };
  let exact = 0;
  for (let i = 0; i < S; i++) {
    const story = stories?.[i] ?? i;
    exact += counts.exact[story]!;
    for (const kind of ["truePositives", "falsePositives", "falseNegatives"] as const) {
      const [sum, list] = [sums[kind], counts[kind]];
      for (let k = 0; k < K; k++) sum[k]! += list[story * K + k]!;
    }
  }
  const targets = counts.targets.map((target, k): TargetScore => {
    const [tp, fp, fn] = [sums.truePositives[k]!, sums.falsePositives[k]!, sums.falseNegatives[k]!];
    return { target, frames: tp + fn, precision: tp / (tp + fp), recall: tp / (tp + fn), f1: f1(tp, fp, fn) };
  });
  const present = targets.filter(({ frames }) => frames > 0);
  return {
    micro: f1(sum(sums.truePositives), sum(sums.falsePositives), sum(sums.falseNegatives)),
    macro: sum(present.map(({ f1 }) => f1)) / present.length,
    exact: exact / (S * counts.frames),
    targets,
    absent: targets.filter(({ frames }) => frames === 0).map(({ target }) => target),
  };
}

/** The harmonic mean of precision and recall, from counts: also defined where one of them is not. */
function f1(truePositives: number, falsePositives: number, falseNegatives: number): number {
  return 2 * truePositives / (2 * truePositives + falsePositives + falseNegatives);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
