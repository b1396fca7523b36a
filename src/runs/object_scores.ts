/** How well a classifier detects the objects of real frames, and tells their places and weathers. */
import { evaluationPictures } from "../data/batches/stories.ts";
import { type Attribute, attributes, classesAmong, objectsAmong } from "../data/batches/frame_classes.ts";
import { targetsOf } from "../data/batches/targets.ts";
import type { Split, StorySet } from "../data/store/stories.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import { countTargets, type ObjectScores, objectScores, selectTargets } from "../metrics/f1.ts";
import { classShares, shareOf } from "../metrics/frames/scene_graph.ts";
import { classify } from "../model/classifier/network.ts";

/** Scores on the real frames of a split: the most that generated ones can be expected to reach. */
export type RealScores = ObjectScores & {
  stories: number;
  frames: number;
  /** Share of frames with the right place and sky, where the classifier has targets for them. */
  classes: Partial<Record<Attribute, number>>;
};

/** What `classifier.json` of a finished run holds. */
export interface ClassifierRecord {
  /** Step of the best checkpoint, and the digest of its state. */
  step: number;
  state: string;
  /** Objects, then classes of frames; the scores of single targets are of objects alone. */
  targets: string[];
  val: RealScores;
  /** Only where the split has stories. */
  test?: RealScores;
}

/** Evaluates a classifier on the real frames of a split: mean binary cross entropy of all targets, and scores. */
export type EvaluateObjects =
  & ((model: State, split: Split) => Promise<{ loss: number; scores: RealScores }>)
  & { dispose(): void };

/** Pictures in a batch; a short last batch is padded, so that one program serves all. */
const batch = 125;

export function objectEvaluator(set: StorySet, targets: string[]): EvaluateObjects {
  const compute = jit(
    (model: State, pictures: Tensor) => classify(model, pictures, false).logits,
    { name: "judge-classifier" },
  );
  async function evaluate(model: State, split: Split) {
    const stories = set.split(split);
    const truth = targetsOf(set, stories, targets);
    const logits = new Float32Array(truth.length);
    const K = targets.length;
    let at = 0;
    for (const { images, count } of evaluationPictures(set, stories, batch)) {
      const pictures = tf.tensor(images, [batch, set.size, set.size, 3]);
      const found = compute(model, pictures); // [batch, K]
      logits.set((await found.data() as Float32Array).subarray(0, count * K), at);
      at += count * K;
      disposeTree([pictures, found]);
    }
    let loss = 0;
    const probabilities = Float64Array.from(logits, (x, i) => {
      loss += (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - x * truth[i]!) / truth.length;
      return 1 / (1 + Math.exp(-x));
    });
    const frames = set.frames;
    const objects = objectsAmong(set, targets);
    const ofObjects = (values: ArrayLike<number>) => selectTargets(values, targets, objects);
    const scores = objectScores(countTargets({ targets: objects, frames }, ofObjects(probabilities), ofObjects(truth)));
    const classes = classScores(set, targets, probabilities, truth);
    return { loss, scores: { stories: stories.length, frames: stories.length * frames, classes, ...scores } };
  }
  return Object.assign(evaluate, { dispose: () => compute.dispose() });
}

/** Shares of right classes of each attribute, from probabilities and truth [S·T·K]. */
function classScores(
  set: StorySet,
  targets: string[],
  probabilities: ArrayLike<number>,
  truth: ArrayLike<number>,
): RealScores["classes"] {
  return Object.fromEntries(attributes.flatMap((attribute) => {
    const classes = classesAmong(set, targets, attribute);
    const share = shareOf(classShares({ targets, frames: set.frames }, classes, probabilities, truth));
    return Number.isNaN(share) ? [] : [[attribute, share]];
  }));
}
