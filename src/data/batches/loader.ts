/**
 * What a training loop is fed, made before it is needed.
 *
 * A worker thread opens the data set for itself, decodes and scales pictures, numbers the words, draws the noise, and
 * hands the arrays over without a copy; it works a few steps ahead. What a step is fed is a pure function of seed and
 * step, so a feed has no state worth saving: a resumed run opens one at its next step.
 */
import type { Config } from "../../base/config.ts";
import { UserError } from "../../base/errors.ts";
import { type Batch, trainingBatch } from "./stories.ts";
import { dropoutValues, type Noise, type NoiseSpec, noiseValues } from "./noise.ts";
import { type CaptionBatch, captionBatch } from "./pairs.ts";
import type { StorySet } from "../store/stories.ts";
import { type TargetBatch, targetBatch } from "./targets.ts";
import type { Vocabulary } from "../store/vocabulary.ts";

/** What is wanted, as plain data that another thread can be told. */
export interface FeedPlan<K extends FeedKind = FeedKind> {
  /** Stories for the GAN, picture-caption pairs for the text encoder's pre-training, pictures for the classifier. */
  kind: K;
  config: Config;
  /** For stories: what the system wants drawn for each step. */
  noise?: NoiseSpec;
  /** For pictures: the objects that the classifier tells apart. */
  targets?: string[];
}

export type FeedKind = "stories" | "pairs" | "pictures";

/** What one step gets. */
export interface Fed {
  stories: { batch: Batch; noise: Noise };
  /** `dropout`: factors on the embeddings [N, L, E]. */
  pairs: { batch: CaptionBatch; dropout: Float32Array<ArrayBuffer> };
  pictures: { batch: TargetBatch };
}

/** Step after step, in order. */
export interface Feed<K extends FeedKind> {
  /** @throws UserError when the data set cannot be read, or is smaller than a batch. */
  next(): Promise<Fed[K]>;
  /** Ends the thread behind it. */
  close(): void;
}

/** Steps that are made ahead of the one in use. */
const ahead = 2;

/**
 * Opens a feed that starts with step `first` (counted from 1): by a worker for a set that was opened from a folder, and
 * in this thread, when it is asked for, for one that is only in memory.
 */
export function openFeed<K extends FeedKind>(
  set: StorySet,
  vocabulary: Vocabulary,
  plan: FeedPlan<K>,
  first: number,
): Feed<K> {
  const { name, root, digest } = set;
  if (root !== undefined) return workerFeed({ name, root, digest }, vocabulary, plan, first);
  let step = first;
  // deno-lint-ignore require-await -- an error of making is to be a rejection, as from a worker
  return { next: async () => makeFed(set, vocabulary, plan, step++), close() {} };
}

/** What step `step` (counted from 1) is fed. */
export function makeFed<K extends FeedKind>(
  set: StorySet,
  vocabulary: Vocabulary,
  { kind, config, noise = {}, targets = [] }: FeedPlan<K>,
  step: number,
): Fed[K] {
  const { seed, data, text } = config;
  const made: { [Kind in FeedKind]: () => Fed[Kind] } = {
    stories: () => ({
      batch: trainingBatch(set, vocabulary, config, step - 1),
      noise: noiseValues(noise, seed, "noise", step),
    }),
    pairs: () => ({
      batch: captionBatch(set, vocabulary, config, step - 1),
      dropout: dropoutValues([text.batch, data.words, text.embedding], text.dropout, seed, step),
    }),
    pictures: () => ({ batch: targetBatch(set, targets, config, step - 1) }),
  };
  return made[kind]();
}

/** The first message to the worker; each that follows is the number of a step. */
export interface Opening {
  set: { name: string; root: string; digest: string };
  words: string[];
  plan: FeedPlan;
}

/** The worker's answer, in the order of the steps asked for. */
export type Answer = { fed: Fed[FeedKind] } | { error: { message: string; ofUser: boolean; stack?: string } };

function workerFeed<K extends FeedKind>(
  set: Opening["set"],
  { words }: Vocabulary,
  plan: FeedPlan<K>,
  first: number,
): Feed<K> {
  const worker = new Worker(new URL("./loader_worker.ts", import.meta.url), { type: "module", name: "feed" });
  /** Steps asked for and not yet taken, and those of them not yet answered. */
  const asked: Promise<Fed[K]>[] = [];
  const open: PromiseWithResolvers<Fed[K]>[] = [];
  let step = first;

  function ask(): void {
    const answer = Promise.withResolvers<Fed[K]>();
    answer.promise.catch(() => {}); // it is thrown where the step is taken, if it ever is
    asked.push(answer.promise);
    open.push(answer);
    worker.postMessage(step++);
  }
  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const { resolve, reject } = open.shift()!;
    if ("fed" in data) resolve(data.fed as Fed[K]);
    else reject(errorOf(data.error));
  };
  // The worker could not even start, or broke where it should not.
  worker.onerror = (event) => {
    event.preventDefault();
    for (const { reject } of open.splice(0)) reject(new Error(`The thread that makes batches broke: ${event.message}`));
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

/** An error that crossed from the worker: what a user can mend stays that, any other keeps its trace. */
function errorOf({ message, ofUser, stack }: { message: string; ofUser: boolean; stack?: string }): Error {
  if (ofUser) return new UserError(message);
  return Object.assign(new Error(message), { stack });
}
