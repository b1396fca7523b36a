/**
 * The data loader: the batches and the noise of every training step, made before they are needed.
 *
 * A worker thread opens the data set, decodes and scales pictures, numbers the words, samples the noise, and passes the
 * arrays on without a copy; it is a few steps ahead. The data of a step are a pure function of seed and step, so a
 * loader has no state to save: a resumed run opens one at its next step.
 */
import type { SharedConfig } from "../../base/config.ts";
import { UserError } from "../../base/errors.ts";
import type { StorySet } from "../store/stories.ts";
import type { Vocabulary } from "../store/vocabulary.ts";
import type { HostBatch } from "./host_tensor.ts";
import { type Noise, type NoiseSpec, noiseValues } from "./noise.ts";
import { captionBatch, pairTensors } from "./pairs.ts";
import { type BatchSize, checkSize } from "./size.ts";
import { storyTensors, trainingBatch } from "./stories.ts";
import { targetBatch, targetTensors } from "./frames.ts";

/** One source of batches, as plain data that can be sent to a thread. `size` is the number of samples in a batch. */
export type LoaderSpec =
  /**
   * Whole stories: `images` [B, T, H, W, 3], `tokens` and `mask` [B, T, L], `labels` [B, T, K] where the set has labels
   * and `data.labels` is not 0, `targets` [B, T, K] where some are asked for.
   */
  | BatchSize & { kind: "stories"; targets?: string[] }
  /** Frames with one caption each: `images` [N, H, W, 3], `tokens` and `mask` [N, L], `classes` [N], `targets` [N, K]. */
  | BatchSize & { kind: "pairs"; joined: number; targets?: string[] }
  /** Frames with the objects in them: `images` [N, H, W, 3], `targets` [N, K]. */
  | BatchSize & { kind: "frames"; targets: string[]; flip: boolean };

/** All that is loaded for each step. */
export interface LoaderPlan {
  config: Pick<SharedConfig, "seed" | "data">;
  /** By name. The random streams of a loader whose name is its kind have no prefix; those of others have its name. */
  loaders: Record<string, LoaderSpec>;
  noise: NoiseSpec;
}

/** The data of one step. */
export interface StepData {
  batches: Record<string, HostBatch>;
  noise: Noise;
}

/** Step after step, in order. */
export interface Loader {
  /** @throws UserError when the data set cannot be read, or is smaller than a batch. */
  next(): Promise<StepData>;
  /** Ends the thread behind it. */
  close(): void;
}

/** Steps that are made ahead of the one in use. */
const ahead = 2;

/**
 * Refuses batches larger than the training split.
 *
 * @throws UserError naming the configuration key of the batch size and the largest value it may have.
 */
export function checkSizes(set: StorySet, loaders: Record<string, LoaderSpec>): void {
  for (const spec of Object.values(loaders)) checkSize(set, spec);
}

/**
 * Opens a loader that starts with step `first` (counted from 1): in a worker for a set that was opened from a folder,
 * and in this thread, on demand, for one that is only in memory.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openStorySet, prepareSet } from "../mod.ts";
 * import { buildVocabulary } from "../store/vocabulary.ts";
 * import { loadStep, openLoader } from "./loader.ts";
 *
 * const root = Deno.makeTempDirSync();
 * await prepareSet("clipart", { options: { stories: 12, seed: 1 }, root });
 * const set = await openStorySet("clipart", root);
 * const vocabulary = buildVocabulary(["Mike kicks the ball."]);
 * const plan = {
 *   config: { seed: 1, data: { name: "clipart", captions: "random", labels: 0, words: 25 } as const },
 *   loaders: { stories: { kind: "stories", size: 4, sizeKey: "train.batch" } as const },
 *   noise: { z: { shape: [4, 1, 32], kind: "normal" as const } },
 * };
 * const loader = openLoader(set, vocabulary, plan, 7); // as a run that is resumed after step 6
 * assertEquals(await loader.next(), loadStep(set, vocabulary, plan, 7));
 * loader.close();
 * Deno.removeSync(root, { recursive: true });
 * ```
 */
export function openLoader(set: StorySet, vocabulary: Vocabulary, plan: LoaderPlan, first: number): Loader {
  const { name, root, digest } = set;
  if (root !== undefined) return workerLoader({ name, root, digest }, vocabulary, plan, first);
  let step = first;
  // deno-lint-ignore require-await -- an error has to be a rejection, as from a worker
  return { next: async () => loadStep(set, vocabulary, plan, step++), close() {} };
}

/** The batches and noise of step `step` (counted from 1). */
export function loadStep(set: StorySet, vocabulary: Vocabulary, plan: LoaderPlan, step: number): StepData {
  const { config, loaders, noise } = plan;
  return {
    batches: Object.fromEntries(
      Object.entries(loaders).map(([name, spec]) => {
        const stream = name === spec.kind ? "" : `${name}/`;
        return [name, loadBatch(set, vocabulary, { ...config, ...spec, stream }, step - 1)];
      }),
    ),
    noise: noiseValues(noise, config.seed, "noise", step),
  };
}

/** The batch of one loader at step `step`, counted from 0. */
function loadBatch(
  set: StorySet,
  vocabulary: Vocabulary,
  spec: LoaderPlan["config"] & LoaderSpec & { stream: string },
  step: number,
): HostBatch {
  switch (spec.kind) {
    case "stories":
      return storyTensors(trainingBatch(set, vocabulary, spec, step), set.size);
    case "pairs":
      return pairTensors(captionBatch(set, vocabulary, spec, step), set.size);
    case "frames":
      return targetTensors(targetBatch(set, spec, step), set.size);
  }
}

/** The first message to the worker; each that follows is the number of a step. */
export interface Opening {
  set: { name: string; root: string; digest: string };
  words: string[];
  plan: LoaderPlan;
}

/** The worker's answer, in the order of the steps asked for. */
export type Answer = { data: StepData } | { error: { message: string; ofUser: boolean; stack?: string | undefined } };

function workerLoader(set: Opening["set"], { words }: Vocabulary, plan: LoaderPlan, first: number): Loader {
  const worker = new Worker(new URL("./loader_worker.ts", import.meta.url), { type: "module", name: "loader" });
  /** Steps asked for and not yet taken, and those of them not yet answered. */
  const asked: Promise<StepData>[] = [];
  const open: PromiseWithResolvers<StepData>[] = [];
  let step = first;

  function ask(): void {
    const answer = Promise.withResolvers<StepData>();
    answer.promise.catch(() => {}); // it is thrown where the step is taken, if it is taken
    asked.push(answer.promise);
    open.push(answer);
    worker.postMessage(step++);
  }
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const { resolve, reject } = open.shift()!;
    if ("data" in data) resolve(data.data);
    else reject(errorOf(data.error));
  };
  // The worker could not start, or has a defect.
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { reject } of open.splice(0)) reject(new Error(`The data loader's thread failed: ${event.message}`));
  };
  worker.postMessage({ set, words, plan } satisfies Opening);
  for (let i = 0; i <= ahead; i++) ask();

  return {
    next() {
      ask();
      return asked.shift()!;
    },
    close: () => worker.terminate(),
  };
}

/** An error from the worker: a UserError stays one, any other keeps its stack trace. */
function errorOf({ message, ofUser, stack }: { message: string; ofUser: boolean; stack?: string | undefined }): Error {
  if (ofUser) return new UserError(message);
  return Object.assign(new Error(message), { stack });
}
