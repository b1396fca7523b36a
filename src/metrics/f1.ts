/**
 * Do frames show the objects that they should? F1 of the objects that a classifier detects in them, and the share of
 * frames in which it detects exactly the right ones (Maharana et al., 2021, for the characters of Pororo-SV).
 *
 * Counts are kept by story, because the story is the unit that the bootstrap resamples. Probabilities are rounded once,
 * in {@link countTargets}.
 */

import { sum } from "./vectors.ts";

/** Detected and present objects, counted over the T frames of each of S stories. */
export interface TargetCounts {
  /** Names of the K objects. */
  targets: string[];
  /** T */
  frames: number;
  /** Frames with the object in which it was detected [S·K]. */
  truePositives: Uint32Array;
  /** Frames without the object in which it was detected [S·K]. */
  falsePositives: Uint32Array;
  /** Frames with the object in which it was not detected [S·K]. */
  falseNegatives: Uint32Array;
  /** Frames in which all K objects are right [S]. */
  exact: Uint32Array;
}

/** The scores of one object. A share of nothing is NaN, such as the precision of an object that is never detected. */
export interface TargetScore {
  target: string;
  /** Frames that contain it. */
  frames: number;
  precision: number;
  recall: number;
  f1: number;
}

/** Shares in [0, 1]; NaN where no object was present and none was detected. */
export interface ObjectScores {
  /** F1 from true positives, false positives and false negatives summed over all objects. */
  micro: number;
  /** Mean F1 over the objects that are present in at least one frame. */
  macro: number;
  /** Share of frames in which all objects are right. */
  exact: number;
  targets: TargetScore[];
  /** Objects that are present in no frame. They are left out of `macro`; detecting one still lowers `micro`. */
  absent: string[];
}

/** Whether an object with this probability counts as detected. */
export const isDetected = (probability: number): boolean => probability >= 0.5;

/** The columns of `chosen` among `targets`. @throws RangeError where one has none. */
export function columnsOf(targets: string[], chosen: string[]): number[] {
  const columns = chosen.map((target) => targets.indexOf(target));
  if (columns.includes(-1)) throw new RangeError(`${chosen.join(", ")} are not all among ${targets.join(", ")}.`);
  return columns;
}

/** The columns of some targets, in the order of `chosen`: [N·K] of the K `targets` to [N·chosen]. */
export function selectTargets(values: ArrayLike<number>, targets: string[], chosen: string[]): Float64Array {
  const columns = columnsOf(targets, chosen);
  const K = targets.length;
  const selected = new Float64Array(values.length / K * columns.length);
  for (let i = 0, row = 0; row < values.length; row += K) {
    for (const column of columns) selected[i++] = values[row + column]!;
  }
  return selected;
}

/**
 * Counts what a classifier detects against what is present.
 *
 * @param probabilities output of the classifier [S·T·K], not rounded
 * @param truth 0 or 1 [S·T·K]
 * @throws RangeError when the two do not have the same length, or do not hold whole stories.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { countTargets, objectScores } from "./f1.ts";
 *
 * // One story of two frames: the dog is found in the first frame, and the cat is missed in the second.
 * const counts = countTargets({ targets: ["dog", "cat"], frames: 2 }, [0.9, 0.1, 0.2, 0.4], [1, 0, 0, 1]);
 * const { micro, exact, targets } = objectScores(counts);
 * assertEquals([micro, exact], [2 / 3, 1 / 2]);
 * assertEquals(targets.map(({ recall }) => recall), [1, 0]);
 * ```
 */
export function countTargets(
  { targets, frames }: { targets: string[]; frames: number },
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
): TargetCounts {
  const [K, T] = [targets.length, frames];
  const S = truth.length / (T * K);
  if (!Number.isInteger(S) || probabilities.length !== truth.length) {
    throw new RangeError(
      `${probabilities.length} probabilities and ${truth.length} labels; expected equal multiples of ${T} frames × ${K} objects`,
    );
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
      const detected = isDetected(probabilities[frame * K + k]!);
      const present = truth[frame * K + k]! > 0;
      if (detected !== present) wrong++;
      if (!detected && !present) continue;
      const list = present ? detected ? counts.truePositives : counts.falseNegatives : counts.falsePositives;
      list[story * K + k]!++;
    }
    if (wrong === 0) counts.exact[story]!++;
  }
  return counts;
}

/**
 * Scores of some stories; by default of each story once.
 *
 * @param stories their indices, of which some may occur several times, as in a bootstrap resample
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
      const [total, list] = [sums[kind], counts[kind]];
      for (let k = 0; k < K; k++) total[k]! += list[story * K + k]!;
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

/** The harmonic mean of precision and recall, from counts: defined also where one of the two is not. */
function f1(truePositives: number, falsePositives: number, falseNegatives: number): number {
  return 2 * truePositives / (2 * truePositives + falsePositives + falseNegatives);
}
