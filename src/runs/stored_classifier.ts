/** A trained classifier, found among the runs and opened to classify pictures. */
import { validateConfig } from "../model/config.ts";
import { fail } from "../base/errors.ts";
import { readJson } from "../base/files.ts";
import { disposeTree, jit, type State, type Tensor, tf } from "../engine/mod.ts";
import { classifier } from "../model/classifier/mod.ts";
import { classify } from "../model/classifier/network.ts";
import { checkpointNames, checkStored, digestState, readCheckpoint, uploadStored } from "../train/checkpoint.ts";
import { stateShapes } from "../train/state.ts";
import { recordedShape } from "./workplace.ts";
import { listRuns } from "../records/folder.ts";
import type { DataRecord } from "../records/create.ts";
import { readStatus } from "../records/status.ts";
import { checkpointPath } from "../records/checkpoints.ts";

/** The contents of the best checkpoint of a run. */
export interface StoredClassifier {
  /** SHA-256 of the checkpoint's state, as digests.json of its run has it. */
  digest: string;
  step: number;
  /** Names of its K targets: objects, then classes of frames. */
  targets: string[];
  /** `classifier.*`; the caller owns it. */
  model: State;
}

/** A classifier in use; `dispose` frees it. */
export interface Classifier {
  /** Its name in metrics, `classifier:1a2b3c4d`, by the digest of its checkpoint. */
  name: string;
  digest: string;
  targets: string[];
  /**
   * Pictures [N, 64, 64, 3] in [-1, 1] to probabilities [N, K]; a row does not depend on the others. Caller disposes.
   */
  classify(pictures: Tensor): Tensor;
  dispose(): void;
}

/**
 * Reads the best checkpoint of a classifier's run, which may still be under way.
 *
 * @throws UserError when it is no classifier's, or damaged.
 */
export function readStoredClassifier(folder: string): StoredClassifier {
  const config = validateConfig(readJson(`${folder}/config.json`));
  const path = checkpointPath(folder, "best");
  const { stored, metadata } = readCheckpoint(path);
  const targets = targetsIn(metadata, path);
  const data = recordedShape(readJson<DataRecord>(`${folder}/data.json`), targets);
  checkStored(stored, checkpointNames(stateShapes(classifier, config, data)), path);
  const digest = digestState(stored);
  if (metadata.state !== digest) {
    fail(
      `The checkpoint "${path}" is damaged: its tensors have the digest ${digest.slice(0, 12)}, it was saved with ` +
        `${metadata.state?.slice(0, 12) ?? "none"}; train another classifier.`,
    );
  }
  const model = Object.fromEntries(Object.entries(stored).filter(([name]) => !name.startsWith("adam.")));
  return { digest, step: Number(metadata.step), targets, model: uploadStored(model) };
}

function targetsIn({ targets }: Record<string, string>, path: string): string[] {
  if (!targets) fail(`"${path}" is no classifier of this kit: its checkpoint names no objects.`);
  return JSON.parse(targets) as string[];
}

/** The targets of a run's best checkpoint, without an engine. @throws UserError like {@link readStoredClassifier}. */
export function readTargets(folder: string): string[] {
  const path = checkpointPath(folder, "best");
  return targetsIn(readCheckpoint(path).metadata, path);
}

/**
 * Refuses a run that cannot classify frames of a data set.
 *
 * @throws UserError when it is no classifier, not finished, or was trained on other data.
 */
export function checkClassifier(folder: string, data?: string): void {
  const { kind, state } = readStatus(folder);
  if (kind !== "classifier") fail(`"${folder}" is no classifier; train one with deno task classifier.`);
  if (state !== "finished") {
    fail(`The classifier "${folder}" is ${state}; finish it (deno task resume) to evaluate by it.`);
  }
  const { name, digest } = readJson<DataRecord>(`${folder}/data.json`);
  if (data === undefined || digest === data) return;
  fail(
    `The classifier "${folder}" was trained on ${name} (${digest.slice(0, 12)}), and the evaluated stories are ` +
      `of other data (${data.slice(0, 12)}); train one on the same: deno task classifier --data NAME.`,
  );
}

/**
 * Opens a finished classifier.
 *
 * @param data digest of the set whose frames it is to classify; default: any
 * @throws UserError like {@link checkClassifier}, and when its checkpoint is damaged.
 */
export function readClassifier(folder: string, data?: string): Classifier {
  checkClassifier(folder, data);
  const { digest, targets, model } = readStoredClassifier(folder);
  const probabilities = jit(
    (model: State, pictures: Tensor) => tf.sigmoid(classify(model, pictures, false).logits),
    { name: "classify" },
  );
  return {
    name: `classifier:${digest.slice(0, 8)}`,
    digest,
    targets,
    classify(pictures) {
      const [, H, W] = pictures.shape;
      if (H !== 64 || W !== 64) fail(`A classifier takes frames of 64×64, and these are ${H}×${W}.`);
      return probabilities(model, pictures);
    },
    dispose() {
      probabilities.dispose();
      disposeTree(model);
    },
  };
}

/** The folder of the latest finished classifier of a data set below `root`; undefined where there is none. */
export function findClassifier(root: string, data: string): string | undefined {
  return listRuns(root).findLast(({ folder }) => {
    try {
      const { kind, state } = readStatus(folder);
      return kind === "classifier" && state === "finished" &&
        readJson<DataRecord>(`${folder}/data.json`).digest === data;
    } catch {
      return false; // a run that was killed while it was set up, or of another version
    }
  })?.folder;
}
