/** Runs of the object classifier. One that is finished has `classifier.json`. */
import { fail } from "../../base/errors.ts";
import { writeAtomic } from "../../base/files.ts";
import { counted } from "../../base/text.ts";
import { allTargets } from "../../data/batches/targets.ts";
import type { Split, StorySet } from "../../data/store/stories.ts";
import { disposeTree } from "../../engine/mod.ts";
import { classifier } from "../../model/classifier/mod.ts";
import { conditioner } from "../../train/inputs.ts";
import { type EvaluateObjects, objectEvaluator, type RealScores } from "../object_scores.ts";
import { readStoredClassifier } from "../stored_classifier.ts";
import { dataShape, type Workplace } from "../workplace.ts";
import type { RunKind } from "./kind.ts";

export const classifierRuns: RunKind = {
  kind: "classifier",
  stage: "classifier",
  score: () => "loss.classifier.val",
  trainable: () => classifier,
  label: ({ data }) => `classifier-${data.name}`,
  // deno-lint-ignore require-await -- like the other kinds: an error is a rejection
  async open(folder, place) {
    const { config, set, vocabulary } = place;
    const targets = classifierTargets(config.classifier.share, set);
    const evaluate = objectEvaluator(set, targets);
    return {
      data: dataShape(set, vocabulary, targets),
      vocabulary,
      frozen: {},
      condition: conditioner(classifier, config),
      async validate(model) {
        const { loss, scores } = await evaluate(model, "val");
        const { micro, macro, exact, classes } = scores;
        return {
          values: {
            "loss.classifier.val": loss,
            "object-f1.val": micro,
            "object-f1-macro.val": macro,
            "exact-frame-match.val": exact,
            ...Object.fromEntries(Object.entries(classes).map(([attribute, share]) => [`${attribute}.val`, share])),
          },
          score: loss,
        };
      },
      metadata: { targets },
      notes: [],
      finish: () => describeClassifier(folder, place, evaluate),
      dispose: () => evaluate.dispose(),
    };
  },
};

/**
 * The targets of the classifier of a data set: objects (or labels), then places and weathers where the scene graphs have
 * them.
 *
 * @throws UserError when the set has no labels and no scene graphs, or no validation stories.
 */
export function classifierTargets(share: number, set: StorySet): string[] {
  const targets = allTargets(set, share);
  if (set.split("val").length === 0) {
    fail(`The data set "${set.name}" has no validation stories, by which the best checkpoint is chosen.`);
  }
  return targets;
}

/** Writes how good a finished run's best checkpoint is. */
async function describeClassifier(
  folder: string,
  { set, watcher }: Workplace,
  evaluate: EvaluateObjects,
): Promise<void> {
  const { model, step, digest, targets } = readStoredClassifier(folder);
  const splits: Partial<Record<Split, RealScores>> = {};
  for (const split of ["val", "test"] as const) {
    if (set.split(split).length > 0) splits[split] = (await evaluate(model, split)).scores;
  }
  disposeTree(model);
  const found = { step, state: digest, targets, ...splits };
  writeAtomic(`${folder}/classifier.json`, JSON.stringify(found, null, 2) + "\n");
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  for (const [split, { targets: objects, micro, macro, exact, classes, absent }] of Object.entries(splits)) {
    watcher?.say(
      `real frames of ${split}: F1 of ${counted(objects.length, "object")} ${percent(micro)}, mean over objects ` +
        `${percent(macro)}, all objects right in ${percent(exact)} of frames` +
        Object.entries(classes).map(([attribute, share]) => `, ${attribute} in ${percent(share)}`).join("") +
        (absent.length > 0 ? `; not in this split: ${absent.join(", ")}` : ""),
    );
  }
}
