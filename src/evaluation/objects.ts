/** Do drawn frames show what their scenes have in them? F1 and exact match of objects, by a classifier. */
import { fail } from "../base/errors.ts";
import type { Story, StorySet } from "../data/store/stories.ts";
import { targetsOf } from "../data/batches/targets.ts";
import { disposeTree } from "../engine/mod.ts";
import { resampledInterval } from "../metrics/bootstrap.ts";
import { countTargets, type ObjectScores, objectScores, type TargetCounts } from "../metrics/f1.ts";
import { checkClassifier, type Classifier, findClassifier, readClassifier } from "../runs/classifier.ts";
import { runsRoot } from "../records/folder.ts";
import { type Gallery, uploadPictures } from "./gallery.ts";
import { type EvaluationOptions, isWanted, metricsByKind, type Sides } from "./evaluators.ts";
import { type Measurement, measurementOf, type Protocol } from "../records/measurement.ts";
import { pausePoint } from "./cache.ts";
import { derangement } from "./text_metrics.ts";

/** What a classifier sees, beside what the scenes have in them. */
export interface Seen {
  drawn: TargetCounts;
  real: TargetCounts;
  /** Drawn frames against the scenes of other stories: what a system that ignores its text would get. */
  shuffled?: TargetCounts;
}

/** The numbers by their metric, as shares. */
const values: Record<string, (scores: ObjectScores) => number> = {
  "object-f1": ({ micro }) => micro,
  "object-f1-macro": ({ macro }) => macro,
  "exact-frame-match": ({ exact }) => exact,
};

/** All numbers of {@link metricsByKind}.objects, in percent. */
export function objectMeasurements(
  { drawn, real, shuffled }: Seen,
  protocol: Protocol,
  classifier: string,
): Measurement[] {
  const { bootstrap: resamples, seed, stories } = protocol;
  return metricsByKind.objects.map((metric) => {
    const percent = (counts: TargetCounts, chosen?: ArrayLike<number>) =>
      100 * values[metric]!(objectScores(counts, chosen));
    const interval = resamples === 0 || stories < 2
      ? {}
      : { interval: resampledInterval(stories, (chosen) => percent(drawn, chosen), { seed, resamples }) };
    return measurementOf(protocol, { metric, by: [classifier] }, {
      value: percent(drawn),
      ...interval,
      real: percent(real),
      ...(shuffled ? { shuffled: percent(shuffled) } : {}),
    });
  });
}

/**
 * The folder of the classifier that judges: the one that was asked for, or the latest of the same data beside the run or
 * among all runs.
 *
 * @returns undefined where none is there or nothing of it is wanted
 * @throws UserError where its metrics were asked for by name and there is none.
 */
export function classifierFor(
  folder: string,
  { digest, name }: StorySet,
  { classifier, metrics, say = () => {} }: EvaluationOptions,
): string | undefined {
  if (!isWanted({ wanted: metrics }, ...metricsByKind.objects)) return undefined;
  const beside = folder.slice(0, Math.max(0, folder.lastIndexOf("/"))) || ".";
  if (classifier !== undefined) checkClassifier(classifier, digest);
  const found = classifier ?? findClassifier(beside, digest) ?? findClassifier(runsRoot(), digest);
  if (found !== undefined) return found;
  const how = `no classifier of this ${name} was trained: deno task classifier --data ${name}`;
  if (metrics) fail(`Objects cannot be judged: ${how}.`);
  say(`no object-f1: ${how}`);
  return undefined;
}

/** What the classifier in `folder` sees in real and drawn frames; its numbers, name and digest. */
export async function evaluateObjects(
  folder: string,
  { set, stories }: { set: StorySet; stories: Story[] },
  sides: Sides,
): Promise<{ found: Measurement[]; digests: Record<string, string> }> {
  const classifier = readClassifier(folder, set.digest);
  try {
    const { targets, name, digest } = classifier;
    const { protocol, real, drawn } = sides;
    const [seenReal, seenDrawn] = [
      await classifyGallery(classifier, real, sides),
      await classifyGallery(classifier, drawn, sides),
    ];
    const count = (probabilities: Float32Array, of: Story[]) =>
      countTargets({ targets, frames: set.frames }, probabilities, targetsOf(set, of, targets));
    const others = derangement(stories.length, protocol.seed)?.map((other) => stories[other]!);
    const seen: Seen = {
      drawn: count(seenDrawn, stories),
      real: count(seenReal, stories),
      ...(others ? { shuffled: count(seenDrawn, others) } : {}),
    };
    const found = objectMeasurements(seen, protocol, name)
      .filter(({ name }) => isWanted(sides, name.slice(0, name.indexOf("["))));
    return { found, digests: { [name]: digest } };
  } finally {
    classifier.dispose();
  }
}

/** Probabilities of all frames of a gallery, [stories·T·K]. */
export async function classifyGallery(
  classifier: Classifier,
  gallery: Gallery,
  { batch, watch }: Pick<Sides, "batch" | "watch">,
): Promise<Float32Array> {
  const { ids, frames, height, width } = gallery;
  const all = new Float32Array(ids.length * frames * classifier.targets.length);
  let at = 0;
  for (let first = 0; first < ids.length; first += batch) {
    await pausePoint(watch);
    const count = Math.min(batch, ids.length - first);
    const pictures = uploadPictures(await gallery.read(first, count), gallery); // [count, T, H, W, 3]
    const flat = pictures.reshape([count * frames, height, width, 3]);
    const seen = classifier.classify(flat); // [count·T, K]
    const values = await seen.data() as Float32Array;
    disposeTree([pictures, flat, seen]);
    all.set(values, at);
    at += values.length;
  }
  return all;
}
