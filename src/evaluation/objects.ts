/** Do generated frames show what their scenes hold? What a classifier measures: objects here, the rest in `frames/scenes.ts`. */
import { fail } from "../base/errors.ts";
import type { Story, StorySet } from "../data/store/stories.ts";
import { objectsAmong } from "../data/batches/frame_classes.ts";
import { targetsOf } from "../data/batches/targets.ts";
import { disposeTree } from "../engine/mod.ts";
import { countTargets, type ObjectScores, objectScores, selectTargets, type TargetCounts } from "../metrics/f1.ts";
import { checkClassifier, type Classifier, findClassifier, readClassifier } from "../runs/stored_classifier.ts";
import { runsRoot } from "../records/folder.ts";
import { type Gallery, uploadPictures } from "./gallery.ts";
import { type EvaluationContext, type EvaluationOptions, isWanted, metricsByKind } from "./evaluators.ts";
import { type Measurement, measurementOf, type Protocol, resampledIntervalOf } from "../records/measurement.ts";
import { pausePoint } from "./cache.ts";
import { type Classified, sceneMeasurements, sceneMeasures } from "./frames/scenes.ts";
import { derangement } from "./text_metrics.ts";

/** Detected against present objects. */
export interface ObjectCounts {
  generated: TargetCounts;
  real: TargetCounts;
  /** Generated frames against the scenes of other stories: the score of a system that ignores its text. */
  shuffled?: TargetCounts;
}

/** Counts of the objects alone, whatever else the classifier distinguishes. */
export function objectCounts(set: StorySet, { targets, real, generated, truth, others }: Classified): ObjectCounts {
  const objects = objectsAmong(set, targets);
  const select = (values: ArrayLike<number>) => selectTargets(values, targets, objects); // [S·T·K] → [S·T·objects]
  const count = (probabilities: ArrayLike<number>, marks: ArrayLike<number>) =>
    countTargets({ targets: objects, frames: set.frames }, select(probabilities), select(marks));
  return {
    generated: count(generated, truth),
    real: count(real, truth),
    ...(others ? { shuffled: count(generated, others) } : {}),
  };
}

/** The value of each metric, as a share. */
const values: Record<string, (scores: ObjectScores) => number> = {
  "object-f1": ({ micro }) => micro,
  "object-f1-macro": ({ macro }) => macro,
  "exact-frame-match": ({ exact }) => exact,
};

/** All metrics of {@link metricsByKind}.objects, in percent. */
export function objectMeasurements(
  { generated, real, shuffled }: ObjectCounts,
  protocol: Protocol,
  classifier: string,
): Measurement[] {
  return metricsByKind.objects.map((metric) => {
    const percent = (counts: TargetCounts, chosen?: ArrayLike<number>) =>
      100 * values[metric]!(objectScores(counts, chosen));
    return measurementOf(protocol, { metric, by: [classifier] }, {
      value: percent(generated),
      ...resampledIntervalOf(protocol, (chosen) => percent(generated, chosen)),
      real: percent(real),
      ...(shuffled ? { shuffled: percent(shuffled) } : {}),
    });
  });
}

/**
 * The folder of the classifier to use: the requested one, or the latest one trained on the same data, in the folder of
 * the run or among all runs.
 *
 * @returns undefined where there is none, or no metric is requested that needs one
 * @throws UserError when such metrics were requested by name and there is no classifier, or the named one does not
 *   fit.
 */
export function classifierFor(
  folder: string,
  { digest, name }: StorySet,
  { classifier, metrics, say = () => {} }: EvaluationOptions,
): string | undefined {
  if (!isWanted({ wanted: metrics }, ...metricsByKind.objects, ...metricsByKind.scenes)) return undefined;
  const beside = folder.slice(0, Math.max(0, folder.lastIndexOf("/"))) || ".";
  if (classifier !== undefined) checkClassifier(classifier, digest);
  const found = classifier ?? findClassifier(beside, digest) ?? findClassifier(runsRoot(), digest);
  if (found !== undefined) return found;
  const how = `no classifier of this ${name} was trained: deno task classifier --data ${name}`;
  if (metrics) fail(`Metrics of objects and scenes need a classifier: ${how}.`);
  say(`no ${[...metricsByKind.objects, ...metricsByKind.scenes].join(", ")}: ${how}`);
  return undefined;
}

/**
 * Measures real and generated frames with the classifier in `folder`; returns the numbers and the digest by name.
 *
 * @throws UserError when the classifier is missing, unfinished or trained on other data.
 */
export async function evaluateObjects(
  folder: string,
  { set, stories }: { set: StorySet; stories: Story[] },
  context: EvaluationContext,
): Promise<{ found: Measurement[]; digests: Record<string, string> }> {
  const classifier = readClassifier(folder, set.digest);
  try {
    const { targets, name, digest } = classifier;
    const { protocol, real, generated } = context;
    const others = derangement(stories.length, protocol.seed)?.map((other) => stories[other]!);
    const classified: Classified = {
      targets,
      real: await classifyGallery(classifier, real, context),
      generated: await classifyGallery(classifier, generated, context),
      truth: targetsOf(set, stories, targets),
      ...(others ? { others: targetsOf(set, others, targets) } : {}),
    };
    const found = [
      ...objectMeasurements(objectCounts(set, classified), protocol, name),
      ...sceneMeasurements(sceneMeasures(set, targets), classified, protocol, name),
    ].filter(({ name }) => isWanted(context, name.slice(0, name.indexOf("["))));
    return { found, digests: { [name]: digest } };
  } finally {
    classifier.dispose();
  }
}

/** Probabilities of all frames of a gallery [stories·T·K]. */
export async function classifyGallery(
  classifier: Classifier,
  gallery: Gallery,
  { batch, watch }: Pick<EvaluationContext, "batch" | "watch">,
): Promise<Float32Array> {
  const { ids, frames, height, width } = gallery;
  const all = new Float32Array(ids.length * frames * classifier.targets.length);
  let at = 0;
  for (let first = 0; first < ids.length; first += batch) {
    await pausePoint(watch);
    const count = Math.min(batch, ids.length - first);
    const pictures = uploadPictures(await gallery.read(first, count), gallery); // [count, T, H, W, 3]
    const flat = pictures.reshape([count * frames, height, width, 3]);
    const probabilities = classifier.classify(flat); // [count·T, K]
    const values = await probabilities.data() as Float32Array;
    disposeTree([pictures, flat, probabilities]);
    all.set(values, at);
    at += values.length;
  }
  return all;
}
