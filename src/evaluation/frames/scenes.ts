/** Are place, weather and people of generated frames those of their scenes, and do they last? Measured by a classifier. */
import { fail } from "../../base/errors.ts";
import { attributes, classesAmong, classTargets, objectsAmong } from "../../data/batches/frame_classes.ts";
import { castAmong } from "../../data/batches/targets.ts";
import type { StorySet } from "../../data/store/stories.ts";
import { countTargets, selectTargets } from "../../metrics/f1.ts";
import { classShares, persistenceShares, shareOf, type StoryShares } from "../../metrics/frames/scene_graph.ts";
import { type Measurement, measurementOf, type Protocol, resampledIntervalOf } from "../../records/measurement.ts";
import { readTargets } from "../../runs/stored_classifier.ts";
import { type EvaluationOptions, isWanted, metricsByKind } from "../evaluators.ts";

/** Output of a classifier for S stories of T frames, and what their scenes hold. */
export interface Classified {
  /** Names of its K targets. */
  targets: string[];
  /** Probabilities for real and for generated frames [S·T·K]. */
  real: Float32Array;
  generated: Float32Array;
  /** 0 or 1 [S·T·K]: the scenes of these stories, and for each story that of another one. */
  truth: Uint8Array;
  others?: Uint8Array;
}

/** Hits and cases of each story, from probabilities and truth [S·T·K]. */
export type SceneMeasure = (probabilities: ArrayLike<number>, truth: ArrayLike<number>) => StoryShares;

/** The metrics of {@link metricsByKind}.scenes that a classifier with these targets measures, by name. */
export function sceneMeasures(set: StorySet, targets: string[]): Map<string, SceneMeasure> {
  const of = { targets, frames: set.frames };
  const objects = objectsAmong(set, targets);
  const cast = castAmong(set, objects);
  const classes = attributes.map((attribute) => ({ attribute, names: classesAmong(set, targets, attribute) }))
    .filter(({ names }) => names.length > 0);
  const measures = new Map<string, SceneMeasure>();
  if (cast.length > 0) {
    const select = (values: ArrayLike<number>) => selectTargets(values, targets, cast); // [S·T·K] → [S·T·cast]
    measures.set("cast", (probabilities, truth) => {
      const { exact } = countTargets({ ...of, targets: cast }, select(probabilities), select(truth));
      return { hits: exact, cases: new Uint32Array(exact.length).fill(set.frames) };
    });
  }
  for (const { attribute, names } of classes) {
    measures.set(attribute, (probabilities, truth) => classShares(of, names, probabilities, truth));
  }
  // Without the classes that the scenes have, it would be another number under the same name.
  if (set.frames > 1 && unknownTo(targets, set).length === 0) {
    const lasting = { objects, classes: classes.map(({ names }) => names) };
    measures.set("persistence", (probabilities, truth) => persistenceShares(of, lasting, probabilities, truth));
  }
  return measures;
}

/** The attributes that the scenes of a set have and a classifier with these targets does not distinguish. */
function unknownTo(targets: string[], set: StorySet) {
  const all = classTargets(set);
  return attributes.filter((attribute) =>
    classesAmong(set, all, attribute).length > 0 && classesAmong(set, targets, attribute).length === 0
  );
}

/** The given metrics in percent; one that is undefined for the generated frames (a share of nothing) is left out. */
export function sceneMeasurements(
  measures: Map<string, SceneMeasure>,
  { real, generated, truth, others }: Classified,
  protocol: Protocol,
  classifier: string,
): Measurement[] {
  return [...measures].flatMap(([metric, measure]) => {
    const shares = measure(generated, truth);
    const percent = (of: StoryShares, chosen?: ArrayLike<number>) => 100 * shareOf(of, chosen);
    const value = percent(shares);
    if (Number.isNaN(value)) return [];
    return [measurementOf(protocol, { metric, by: [classifier] }, {
      value,
      ...resampledIntervalOf(protocol, (chosen) => percent(shares, chosen)),
      ...reference("real", percent(measure(real, truth))),
      ...(others ? reference("shuffled", percent(measure(generated, others))) : {}),
    })];
  });
}

/** A reference value as part of a measurement; {} where it is undefined. */
const reference = (name: "real" | "shuffled", value: number) => Number.isNaN(value) ? {} : { [name]: value };

/** What a set or classifier lacks where a metric cannot be measured. */
const lacks: Record<string, string> = {
  cast: "the classifier has no targets that are people",
  place: "its frames have no scene graphs with several places",
  sky: "its frames have no scene graphs with several weathers",
  persistence: "its stories have one frame",
};

/**
 * Says which metrics of scenes are left out because the classifier in `folder` was trained on objects alone, and how to
 * get them.
 *
 * @throws UserError when a metric was requested by name that this classifier or data set does not allow.
 */
export function checkSceneMetrics(
  folder: string,
  set: StorySet,
  { metrics, say = () => {} }: Pick<EvaluationOptions, "metrics" | "say">,
): void {
  if (!isWanted({ wanted: metrics }, ...metricsByKind.scenes)) return;
  const targets = readTargets(folder);
  const measures = sceneMeasures(set, targets);
  const absent = metricsByKind.scenes.filter((metric) => !measures.has(metric));
  const unknown = unknownTo(targets, set);
  const outdated = absent.filter((metric) => metric === "persistence" || unknown.some((one) => one === metric));
  const how = `the classifier "${folder}" does not distinguish ${unknown.join(" and ")}; ` +
    `train one that does: deno task classifier --data ${set.name}`;
  const asked = metrics?.find((metric) => absent.includes(metric));
  if (asked !== undefined) {
    if (unknown.length > 0 && outdated.includes(asked)) fail(`There is no ${asked}, because ${how}.`);
    fail(`There is no ${asked} on "${set.name}", because ${lacks[asked]}; leave it out of the metrics.`);
  }
  if (unknown.length > 0) say(`no ${outdated.join(", ")}: ${how}`);
}
