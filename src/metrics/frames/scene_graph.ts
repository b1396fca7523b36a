/**
 * Do frames show what their scene graphs state of the whole frame, and does it last? Shares of frames with the right
 * class (place, weather), and persistence from frame to frame.
 *
 * Persistence looks at all that stays the same between neighbouring frames t and t+1 of the real scenes: each object
 * that is in both, and each class that is equal in both. Of these it takes what the evaluated frame t shows, and gives the
 * share that frame t+1 shows, too:
 *
 *     persistence = Σ kept / Σ shown
 *
 * An object is shown where it is detected. Of a class, a frame always shows the most probable value, right or not (the
 * accuracy of classes measures that), and it is kept where it is the same in t+1. Three properties of this definition:
 *
 * - Frames that repeat one picture reach 1, whatever it shows. So the target is the value of the real frames, not the
 *   maximum, and accuracy and F1 of objects belong beside it.
 * - An object that is never drawn has no influence. Frames without detected objects are measured by their classes
 *   alone, and where there are none, either, persistence is undefined (NaN). It is so for stories of one frame.
 * - The text decides only which objects count, so scenes of other stories can give almost the same value.
 *
 * Sums are kept by story, because the story is the unit that the bootstrap resamples.
 */
import { columnsOf, isDetected } from "../f1.ts";

/** Names of K targets, and T. */
export interface TargetFrames {
  targets: string[];
  frames: number;
}

/** Hits among cases in each of S stories. */
export interface StoryShares {
  hits: Uint32Array; // [S]
  cases: Uint32Array; // [S]
}

/**
 * Hits as a share of cases over some stories; by default over each story once. NaN without cases.
 *
 * @param stories their indices, of which some may occur several times, as in a bootstrap resample
 */
export function shareOf({ hits, cases }: StoryShares, stories?: ArrayLike<number>): number {
  let [hit, all] = [0, 0];
  for (let i = 0; i < (stories?.length ?? hits.length); i++) {
    hit += hits[stories?.[i] ?? i]!;
    all += cases[stories?.[i] ?? i]!;
  }
  return hit / all;
}

/**
 * Frames whose most probable class is the true one. A frame without a true class among `classes` is no case.
 *
 * @param classes those targets that exclude each other, such as all places
 * @param probabilities output of the classifier [S·T·K]
 * @param truth 0 or 1 [S·T·K]
 * @throws RangeError when the two do not have the same length, or do not hold whole stories.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classShares, shareOf } from "./scene_graph.ts";
 *
 * // One story of two frames, both at the beach; the second looks more like a park.
 * const targets = ["dog", "place=beach", "place=park"];
 * const shares = classShares({ targets, frames: 2 }, targets.slice(1), [0, 0.4, 0.1, 1, 0.4, 0.6], [0, 1, 0, 1, 1, 0]);
 * assertEquals(shareOf(shares), 1 / 2);
 * ```
 */
export function classShares(
  of: TargetFrames,
  classes: string[],
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
): StoryShares {
  const { S, T, K } = sizes(of, probabilities, truth);
  const columns = columnsOf(of.targets, classes);
  const shares = { hits: new Uint32Array(S), cases: new Uint32Array(S) };
  for (let frame = 0; frame < S * T; frame++) {
    const story = Math.floor(frame / T);
    const right = trueClass(truth, frame * K, columns);
    if (right === undefined) continue;
    shares.cases[story]!++;
    if (likeliest(probabilities, frame * K, columns) === right) shares.hits[story]!++;
  }
  return shares;
}

/**
 * What is kept from frame t to t+1, of all that persists in the scenes and is shown in t; see the top of the file.
 *
 * @param lasting objects, and lists of classes that exclude each other
 * @param probabilities output of the classifier [S·T·K]
 * @param truth 0 or 1 [S·T·K]
 * @throws RangeError when the two do not have the same length, or do not hold whole stories.
 */
export function persistenceShares(
  of: TargetFrames,
  lasting: { objects: string[]; classes: string[][] },
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
): StoryShares {
  const { S, T, K } = sizes(of, probabilities, truth);
  const objects = columnsOf(of.targets, lasting.objects);
  const classes = lasting.classes.map((names) => columnsOf(of.targets, names));
  const shares = { hits: new Uint32Array(S), cases: new Uint32Array(S) };
  const count = (story: number, kept: boolean) => {
    shares.cases[story]!++;
    if (kept) shares.hits[story]!++;
  };
  for (let story = 0; story < S; story++) {
    for (let t = 0; t + 1 < T; t++) {
      const [now, next] = [(story * T + t) * K, (story * T + t + 1) * K];
      for (const k of objects) {
        const persists = truth[now + k]! > 0 && truth[next + k]! > 0;
        if (persists && isDetected(probabilities[now + k]!)) count(story, isDetected(probabilities[next + k]!));
      }
      for (const columns of classes) {
        const real = trueClass(truth, now, columns);
        if (real === undefined || real !== trueClass(truth, next, columns)) continue;
        count(story, likeliest(probabilities, now, columns) === likeliest(probabilities, next, columns));
      }
    }
  }
  return shares;
}

/** Checks that both arrays hold whole stories of equal number. */
function sizes({ targets, frames: T }: TargetFrames, probabilities: ArrayLike<number>, truth: ArrayLike<number>) {
  const K = targets.length;
  const S = truth.length / (T * K);
  if (!Number.isInteger(S) || probabilities.length !== truth.length) {
    throw new RangeError(
      `${probabilities.length} probabilities and ${truth.length} marks; expected equal multiples of ${T} frames × ${K} targets`,
    );
  }
  return { S, T, K };
}

/** The column that is marked in the frame at `at`; undefined where none is. */
const trueClass = (truth: ArrayLike<number>, at: number, columns: number[]) =>
  columns.find((column) => truth[at + column]! > 0);

/** The column with the highest probability, the first of equal ones. */
const likeliest = (probabilities: ArrayLike<number>, at: number, columns: number[]) =>
  columns.reduce((best, column) => probabilities[at + column]! > probabilities[at + best]! ? column : best);
