/** The training of a classifier as a run of its own, and how good it is on real frames. */
import { fail } from "../base/errors.ts";
import { writeAtomic } from "../base/files.ts";
import { evaluationPictures } from "../data/batches/stories.ts";
import { findTargets, targetsOf } from "../data/batches/targets.ts";
import type { Split, StorySet } from "../data/store/stories.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import { countTargets, type ObjectScores, objectScores } from "../metrics/f1.ts";
import { seeTargets } from "../model/classifier.ts";
import { classifierShapes, freshClassifierCarry, trainClassifier } from "../train/classifier.ts";
import type { TrainingEnd, TrainingStart, Validation } from "../train/recorder.ts";
import { createRunFolder } from "../records/folder.ts";
import { describeRun } from "../records/create.ts";
import type { Workplace } from "./workplace.ts";
import { closing, openRecord } from "../records/write.ts";
import { readStoredClassifier } from "./classifier.ts";
import { readStart } from "../records/checkpoints.ts";
import { lockRun } from "../records/status.ts";
import { checkBatches, type RunEnd } from "./train.ts";

/** Scores of real frames of a split: the most that drawn ones can be expected to reach. */
export type RealScores = ObjectScores & { stories: number; frames: number };

/** What `classifier.json` of a finished run says. */
export interface ClassifierRecord {
  /** Step of the best checkpoint, and the digest of its state. */
  step: number;
  state: string;
  targets: string[];
  val: RealScores;
  /** Only where the split has stories. */
  test?: RealScores;
}

/**
 * What the classifier of a data set is to tell apart.
 *
 * @throws UserError when the set has no labels and no scene graphs, or too few stories.
 */
export function checkTargets(place: Workplace): string[] {
  const { config, set } = place;
  const targets = findTargets(set, config.classifier.share);
  checkBatches(place, ["classifier.batch"]);
  if (set.split("val").length === 0) {
    fail(`The data set "${set.name}" has no validation stories, by which the best checkpoint is chosen.`);
  }
  return targets;
}

/** Trains a classifier in a run folder of its own; `name` is what the folder is called after its number. */
export async function trainClassifierAnew(place: Workplace, name?: string): Promise<RunEnd> {
  checkTargets(place); // what would stop the run is found before there is one
  const folder = createRunFolder(place.root, name ?? `classifier-${place.config.data.name}`);
  const release = lockRun(folder);
  describeRun(folder, place);
  place.watcher?.say(`classifier: training in ${folder.slice(folder.lastIndexOf("/") + 1)}`);
  return await trainClassifierIn(folder, place, release);
}

/**
 * Trains in a folder that this process holds, from its last checkpoint; gives the folder back at the end. A run that is
 * finished has `classifier.json`.
 */
export async function trainClassifierIn(
  folder: string,
  place: Workplace,
  release: () => void,
  { note }: { note?: string } = {},
): Promise<RunEnd> {
  const { config, set, watcher, signal } = place;
  try {
    const targets = checkTargets(place);
    const K = targets.length;
    const start: TrainingStart = readStart(folder, "classifier", classifierShapes(config, K)) ??
      { step: 0, carry: freshClassifierCarry(config, K), best: undefined };
    const record = openRecord({
      folder,
      kind: "classifier",
      config,
      step: start.step,
      steps: config.classifier.steps,
      targets,
      data: set.digest,
      watcher,
    });
    if (note) record.log(note);
    const end = await closing(record, async (): Promise<TrainingEnd> => {
      const judge = objectJudge(set, targets);
      const validate = async (model: State): Promise<Validation> => {
        const { loss, scores } = await judge(model, "val");
        const { micro, macro, exact } = scores;
        return {
          values: {
            "loss.classifier.val": loss,
            "object-f1.val": micro,
            "object-f1-macro.val": macro,
            "exact-frame-match.val": exact,
          },
          score: loss,
        };
      };
      try {
        const end = await trainClassifier({ config, set, targets, start, record, validate, signal });
        if (end.state === "finished") await describeClassifier(folder, place, judge);
        return end;
      } finally {
        judge.dispose();
      }
    });
    return { folder, end };
  } finally {
    release();
  }
}

/** Judges a classifier on the real frames of a split: mean binary cross entropy, and scores. */
type ObjectJudge =
  & ((model: State, split: Split) => Promise<{ loss: number; scores: RealScores }>)
  & { dispose(): void };

/** Pictures that are judged at a time; a short last batch is filled up, so that one program serves all. */
const batch = 125;

function objectJudge(set: StorySet, targets: string[]): ObjectJudge {
  const look = jit(
    (model: State, pictures: Tensor) => seeTargets(model, pictures, false).logits,
    { name: "judge-classifier" },
  );
  async function judge(model: State, split: Split) {
    const stories = set.split(split);
    const truth = targetsOf(set, stories, targets);
    const logits = new Float32Array(truth.length);
    const K = targets.length;
    let at = 0;
    for (const { images, count } of evaluationPictures(set, stories, batch)) {
      const pictures = tf.tensor(images, [batch, set.size, set.size, 3]);
      const seen = look(model, pictures); // [batch, K]
      logits.set((await seen.data() as Float32Array).subarray(0, count * K), at);
      at += count * K;
      disposeTree([pictures, seen]);
    }
    let loss = 0;
    const probabilities = Float64Array.from(logits, (x, i) => {
      loss += (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - x * truth[i]!) / truth.length;
      return 1 / (1 + Math.exp(-x));
    });
    const scores = objectScores(countTargets({ targets, frames: set.frames }, probabilities, truth));
    return { loss, scores: { stories: stories.length, frames: stories.length * set.frames, ...scores } };
  }
  return Object.assign(judge, { dispose: () => look.dispose() });
}

/** Writes how good a finished run's best checkpoint is. */
async function describeClassifier(folder: string, { set, watcher }: Workplace, judge: ObjectJudge): Promise<void> {
  const { model, step, digest, targets } = readStoredClassifier(folder);
  const splits: Partial<Record<Split, RealScores>> = {};
  for (const split of ["val", "test"] as const) {
    if (set.split(split).length > 0) splits[split] = (await judge(model, split)).scores;
  }
  disposeTree(model);
  const found = { step, state: digest, targets, ...splits };
  writeAtomic(`${folder}/classifier.json`, JSON.stringify(found, null, 2) + "\n");
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  for (const [split, { micro, macro, exact, absent }] of Object.entries(splits)) {
    watcher?.say(
      `real frames of ${split}: F1 of ${targets.length} objects ${percent(micro)}, mean over objects ${
        percent(macro)
      }, ` +
        `all objects right in ${percent(exact)} of frames` +
        (absent.length > 0 ? `; not in this split: ${absent.join(", ")}` : ""),
    );
  }
}
