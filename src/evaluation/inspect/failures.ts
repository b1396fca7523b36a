/**
 * The stories that a run generates worst: by the objects that a classifier detects in their frames, or, where there is
 * no classifier of the data, by the cosine of frames and sentences.
 */
import { fixedCaptions } from "../../data/batches/stories.ts";
import { targetsOf } from "../../data/batches/targets.ts";
import { objectScores, type TargetCounts } from "../../metrics/f1.ts";
import { readClassifier } from "../../runs/stored_classifier.ts";
import { featuresOf } from "../features.ts";
import type { Gallery } from "../gallery.ts";
import { classifyGallery, objectCounts } from "../objects.ts";
import type { Watch } from "../cache.ts";
import type { Inputs } from "../inputs.ts";
import { openTextEvaluator } from "../text_evaluator.ts";
import { storyCosines } from "../text_metrics.ts";
import { rounded } from "./selectors.ts";
import type { FailuresFile } from "../../records/inspection.ts";

/** Real and generated stories. */
interface Sides {
  inputs: Inputs;
  real: Gallery;
  generated: Gallery;
  /** Stories at a time. */
  batch: number;
  watch: Watch;
}

/** Scores of all stories, and further fields of story `s`. */
interface Scores {
  score: FailuresFile["score"];
  generated: number[];
  real: number[];
  also(s: number): Pick<FailuresFile["failures"][number], "missing" | "extra">;
}

/** The `count` worst stories; `classifier` is the folder of one, if there is one. */
export async function findFailures(
  sides: Sides,
  count: number,
  classifier?: string,
): Promise<Omit<FailuresFile, "of">> {
  const { stories, checkpoint: { config } } = sides.inputs;
  const { score, generated, real, also } = classifier === undefined
    ? await byCosine(sides)
    : await byObjects(sides, classifier);
  // F1 is undefined for a story without objects in which none are detected.
  const evaluated = stories.map((_, s) => s).filter((s) => Number.isFinite(generated[s]!));
  const worst = evaluated.toSorted((a, b) => generated[a]! - generated[b]! || a - b).slice(0, count);
  return {
    score,
    judged: evaluated.length,
    mean: rounded(evaluated.reduce((sum, s) => sum + generated[s]!, 0) / evaluated.length),
    failures: worst.map((s) => ({
      id: stories[s]!.id,
      captions: fixedCaptions(stories[s]!, config),
      score: rounded(generated[s]!),
      real: rounded(real[s]!),
      ...also(s),
    })),
  };
}

async function byObjects({ inputs, real, generated, batch, watch }: Sides, folder: string): Promise<Scores> {
  const { set, stories } = inputs;
  const classifier = readClassifier(folder, set.digest);
  try {
    const { name: by, digest, targets } = classifier;
    const counts = objectCounts(set, {
      targets,
      real: await classifyGallery(classifier, real, { batch, watch }),
      generated: await classifyGallery(classifier, generated, { batch, watch }),
      truth: targetsOf(set, stories, targets),
    });
    const objects = counts.real.targets;
    const perStory = (of: TargetCounts) => stories.map((_, s) => 100 * objectScores(of, [s]).micro);
    const framesOf = (list: Uint32Array, s: number) =>
      Object.fromEntries(
        objects.map((target, k) => [target, list[s * objects.length + k]!] as const).filter(([, n]) => n > 0),
      );
    return {
      score: { metric: "object-f1", by, digest, unit: "% (F1 of the objects in the story's frames)" },
      generated: perStory(counts.generated),
      real: perStory(counts.real),
      also: (s) => ({
        missing: framesOf(counts.generated.falseNegatives, s),
        extra: framesOf(counts.generated.falsePositives, s),
      }),
    };
  } finally {
    classifier.dispose();
  }
}

async function byCosine({ inputs: { folder, stories, checkpoint: { config } }, ...sides }: Sides): Promise<Scores> {
  const evaluator = await openTextEvaluator(folder);
  try {
    const { batch, watch } = sides;
    const codes = await evaluator.encode(stories.flatMap((story) => fixedCaptions(story, config)));
    const perStory = async (
      gallery: Gallery,
    ) => [
      ...storyCosines(
        await featuresOf(evaluator.imageEncoder, gallery, { what: "stories", batch, cache: { pictures: "" }, watch }),
        codes,
      ),
    ];
    return {
      score: {
        metric: "cosine",
        by: evaluator.name,
        digest: evaluator.digest,
        unit: "100 · cosine of frame and sentence",
      },
      real: await perStory(sides.real),
      generated: await perStory(sides.generated),
      also: () => ({}),
    };
  } finally {
    evaluator.dispose();
  }
}
